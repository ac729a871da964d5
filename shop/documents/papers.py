"""The papers of an order as they are handed out: on a page, as a file, with the mail."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from crm import api as crm
from shop.documents.pdf import make_pdf
from shop.models import OrderDocument
from shop.oscar import Order

# What the file is called, in the language of the paper; an invoice goes by its number.
FILE_NAMES = {
    ("preliminary", "tr"): "on-bilgilendirme-formu",
    ("preliminary", "en"): "preliminary-information-form",
    ("contract", "tr"): "mesafeli-satis-sozlesmesi",
    ("contract", "en"): "distance-sales-contract",
}


class NoSuchPaper(LookupError):
    """The order has no paper of that kind."""


@dataclass(frozen=True)
class Paper:
    """`body` may go into a page as it is: our own templates made it, escaping what people wrote."""

    kind: str
    name: str
    language: str
    number: str
    body: SafeString
    digest: str
    accepted_at: datetime | None
    order_number: str

    @property
    def file_name(self) -> str:
        """Without its ending."""
        return self.number or f"{FILE_NAMES[self.kind, self.language]}-{self.order_number}"


def papers_of(order: Order) -> list[OrderDocument]:
    """What there is, without the texts, in the order in which it came to be."""
    return list(OrderDocument.objects.filter(order=order).defer("body").order_by("pk"))


def paper_of(order: Order, kind: str) -> Paper:
    """:raises NoSuchPaper: if there is none"""
    document = OrderDocument.objects.filter(order=order, kind=kind).first()
    if document is None:
        raise NoSuchPaper(kind)
    return _paper(document, order)


def paper_as_html(paper: Paper) -> str:
    """A file that needs nothing beside it, to be kept and to be printed."""
    with translation.override(paper.language):
        return render_to_string("shop/email/paper.html", {"paper": paper, "css": _stylesheet()})


def paper_as_pdf(paper: Paper) -> bytes:
    """:raises NoPango: if this machine cannot"""
    return make_pdf(paper_as_html(paper))


def accepted_attachments(order: Order) -> list[crm.Attachment]:
    """What was accepted, for the confirmation mail: the law wants it in the customer's own hands, not behind a link.

    As HTML, because a mail is queued under the locks of its order and a PDF takes a second.
    """
    accepted = OrderDocument.objects.filter(order=order, accepted_at__isnull=False).order_by("pk")
    papers = [_paper(document, order) for document in accepted]
    return [crm.Attachment(f"{paper.file_name}.html", "text/html", paper_as_html(paper).encode()) for paper in papers]


def _paper(document: OrderDocument, order: Order) -> Paper:
    with translation.override(document.language):
        name = str(document.get_kind_display())
    return Paper(
        kind=document.kind,
        name=name,
        language=document.language,
        number=document.number,
        body=mark_safe(document.body),
        digest=document.digest,
        accepted_at=document.accepted_at,
        order_number=order.number,
    )


def _stylesheet() -> SafeString:
    files = [str(finders.find(f"css/{name}.css")) for name in ("tokens", "paper")]
    return mark_safe("\n".join(Path(file).read_text(encoding="utf-8") for file in files))
