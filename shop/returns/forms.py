"""What somebody wants to send back: pieces and a reason for each line, a note, photos."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from shop.models import ReturnRequest
from shop.returns.photos import ACCEPT, MAX_PHOTO_BYTES, MAX_PHOTOS, PhotoRefused, check_size, clean_photo
from shop.returns.rules import REASONS, Replacement, ReturnableLine
from shop.returns.services import NOTE_LENGTH, WantedLine
from shop.templatetags.writing import capital

MONEY, AGAIN = "money", "again"


class PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Up to five photos, each looked at before anything is stored. Cleans to a list of JPEGs."""

    widget = PhotosInput(attrs={"accept": ACCEPT})

    def clean(self, data: Any, initial: Any = None) -> list[bytes]:
        uploads: list[UploadedFile] = [upload for upload in (data or []) if upload]
        if len(uploads) > MAX_PHOTOS:
            raise forms.ValidationError(_("Up to %(count)s photos, please."), params={"count": MAX_PHOTOS})
        try:
            # All sizes before the first picture is opened.
            for upload in uploads:
                check_size(upload.name or "", upload.size or 0)
            return [clean_photo(upload.name or "", upload.read()) for upload in uploads]
        except PhotoRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


@dataclass(frozen=True)
class Row:
    """A line as the page shows it, with its fields; `instead` is None where nothing can be chosen."""

    name: str
    available: int
    quantity: forms.BoundField
    reason: forms.BoundField
    instead: forms.BoundField | None
    is_sold_out: bool


class ReturnForm(forms.Form):
    """`replacements` by line id are what may come instead; of an exchange only."""

    note = forms.CharField(
        label=_("Anything else we should know?"),
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    photos = PhotosField(label=_("Photos"), required=False)
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        kind: str,
        lines: Sequence[ReturnableLine],
        replacements: dict[int, list[Replacement]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.lines, self.replacements = kind, lines, replacements
        self.fields["submission"].initial = uuid.uuid4
        # Here and not above: a text that is put together when the module is read stays in one language.
        self.fields["photos"].help_text = gettext("Up to %(count)s, %(size)s MB each. Only we see them.") % {
            "count": MAX_PHOTOS,
            "size": MAX_PHOTO_BYTES // 1024 // 1024,
        }
        if kind == ReturnRequest.Kind.CLAIM:
            self.fields["note"].label = _("What is wrong?")
            self.fields["wish"] = forms.ChoiceField(
                label=_("What would you like?"),
                choices=[(MONEY, _("My money back")), (AGAIN, _("The same again"))],
                initial=MONEY,
                widget=forms.RadioSelect,
            )
        for each in lines:
            self._add_line(each, is_only=len(lines) == 1)

    def _add_line(self, each: ReturnableLine, *, is_only: bool) -> None:
        key = each.line.pk
        instead = self.replacements.get(key, [])
        if self.kind == ReturnRequest.Kind.EXCHANGE and not instead:
            return
        self.fields[f"quantity_{key}"] = forms.IntegerField(
            label=_("Pieces"),
            min_value=0,
            max_value=each.available,
            required=False,
            initial=each.available if is_only else 0,
            help_text=ngettext("of %(count)d piece", "of %(count)d pieces", each.available) % {"count": each.available},
            widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        )
        self.fields[f"reason_{key}"] = forms.ChoiceField(
            label=_("Why?"), choices=[(reason.value, capital(reason.label)) for reason in REASONS[self.kind]]
        )
        if self.kind == ReturnRequest.Kind.EXCHANGE:
            self.fields[f"instead_{key}"] = forms.TypedChoiceField(
                label=_("Instead"), coerce=int, choices=[(one.product_id, one.name) for one in instead]
            )

    def rows(self) -> list[Row]:
        return [self._row(each) for each in self.lines]

    def _row(self, each: ReturnableLine) -> Row:
        def field(name: str) -> Any:
            return self[f"{name}_{each.line.pk}"] if f"{name}_{each.line.pk}" in self.fields else None

        quantity = field("quantity")
        return Row(each.name, each.available, quantity, field("reason"), field("instead"), quantity is None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not self.wanted(cleaned):
            first = next((name for name in self.fields if name.startswith("quantity_")), None)
            self.add_error(first, _("Say of at least one product how many pieces it is about."))
        return cleaned

    def wanted(self, cleaned: dict[str, Any]) -> list[WantedLine]:
        """The lines with at least one piece, as the service takes them."""
        chosen = []
        for each in self.lines:
            key = each.line.pk
            if quantity := cleaned.get(f"quantity_{key}"):
                again = each.line.product_id if cleaned.get("wish") == AGAIN else None
                chosen.append(
                    WantedLine(
                        line_id=key,
                        quantity=quantity,
                        reason=cleaned[f"reason_{key}"],
                        exchange_for=cleaned.get(f"instead_{key}") or again,
                    )
                )
        return chosen
