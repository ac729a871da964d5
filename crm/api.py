"""The door of crm: who customers are, what happened, and the mail that leaves."""

from crm.actors import Actor, Who, actor_of
from crm.affinities import neighbours_of, rebuild_affinities
from crm.bulk import (
    ExternalPerson,
    Fact,
    customers_of_numbers,
    customers_with_numbers,
    make_guests,
    record_stream,
)
from crm.cleaning import clean_line, clean_text
from crm.consents import (
    choose_offers,
    customers_wanting_offers,
    state_consent,
    unsubscribe,
    wants_offers,
)
from crm.customers import (
    AccountExists,
    CannotMerge,
    LinkNoLongerValid,
    ask_to_verify,
    customer_for_guest,
    customer_for_sender,
    customer_of_account,
    emails_of,
    mark_verified,
    merge_customers,
    open_account,
    recognise_browser,
    register_merger,
    remind_of_account,
    verify_address,
    with_address,
)
from crm.folding import fold
from crm.histories import Choice, chosen_by, register_choices
from crm.interactions import (
    NotInTransaction,
    TimelineEntry,
    TimelinePage,
    copy_traces,
    entries_of,
    record,
    record_many,
    timeline,
    timeline_page,
    trace,
)
from crm.kinds import Kind, UnknownKind, all_kinds, register_kinds
from crm.models import Affinity, Consent, Customer, Identity, Interaction, OutgoingMail, User
from crm.models.accounts import normalise_email
from crm.outbox import Attachment, Mail, deliver_due_mail, message_id_for, queue_mail
from crm.partitions import ensure_partitions
from crm.references import Link, register_references, resolve_references
from crm.requests import Request, address_of
from crm.suggestions import Suggester, Weights
from crm.vocabulary import Vocabulary, look_up

__all__ = [
    "AccountExists",
    "Actor",
    "Affinity",
    "Attachment",
    "CannotMerge",
    "Choice",
    "Consent",
    "Customer",
    "ExternalPerson",
    "Fact",
    "Identity",
    "Interaction",
    "Kind",
    "Link",
    "LinkNoLongerValid",
    "Mail",
    "NotInTransaction",
    "OutgoingMail",
    "Request",
    "Suggester",
    "TimelineEntry",
    "TimelinePage",
    "UnknownKind",
    "User",
    "Vocabulary",
    "Weights",
    "Who",
    "actor_of",
    "address_of",
    "all_kinds",
    "ask_to_verify",
    "choose_offers",
    "chosen_by",
    "clean_line",
    "clean_text",
    "copy_traces",
    "customer_for_guest",
    "customer_for_sender",
    "customer_of_account",
    "customers_of_numbers",
    "customers_wanting_offers",
    "customers_with_numbers",
    "deliver_due_mail",
    "emails_of",
    "ensure_partitions",
    "entries_of",
    "fold",
    "look_up",
    "make_guests",
    "mark_verified",
    "merge_customers",
    "message_id_for",
    "neighbours_of",
    "normalise_email",
    "open_account",
    "queue_mail",
    "rebuild_affinities",
    "recognise_browser",
    "record",
    "record_many",
    "record_stream",
    "register_choices",
    "register_kinds",
    "register_merger",
    "register_references",
    "remind_of_account",
    "resolve_references",
    "state_consent",
    "timeline",
    "timeline_page",
    "trace",
    "unsubscribe",
    "verify_address",
    "wants_offers",
    "with_address",
]
