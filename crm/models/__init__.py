from crm.models.accounts import User
from crm.models.affinities import Affinity
from crm.models.consents import Consent, Suppression
from crm.models.customers import Customer, Identity
from crm.models.interactions import Interaction
from crm.models.mails import MailAttachment, OutgoingMail

__all__ = [
    "Affinity",
    "Consent",
    "Customer",
    "Identity",
    "Interaction",
    "MailAttachment",
    "OutgoingMail",
    "Suppression",
    "User",
]
