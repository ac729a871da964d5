from support.models.files import TicketFile
from support.models.mails import InboundMail
from support.models.tickets import Message, TicketContext

__all__ = ["InboundMail", "Message", "TicketContext", "TicketFile"]
