"""The contact form and the reply box, as a stranger may fill them in."""

import uuid
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm import api as crm
from shop import api as shop
from support.files import ALLOWED_ENDINGS, MAX_FILE_BYTES, MAX_FILES, CheckedFile, FileRefused, check_file, check_size
from support.models import TicketContext

MAX_MESSAGE = 8000


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Up to three files, each looked at before anything is stored. Cleans to a list of CheckedFile."""

    widget = FilesInput(attrs={"accept": ",".join(ALLOWED_ENDINGS)})

    def clean(self, data: Any, initial: Any = None) -> list[CheckedFile]:
        uploads: list[UploadedFile] = [upload for upload in (data or []) if upload]
        if len(uploads) > MAX_FILES:
            raise forms.ValidationError(_("Up to %(count)s files, please."), params={"count": MAX_FILES})
        return [self._checked(upload) for upload in uploads]

    def _checked(self, upload: UploadedFile) -> CheckedFile:
        name = upload.name or ""
        try:
            check_size(name, upload.size or 0)
            return check_file(name, upload.read())
        except FileRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class WrittenByStrangers(forms.Form):
    """Files, and a field that no person sees: whoever fills it in is a machine, or is told to empty it."""

    attachments = FilesField(label=_("Files"), required=False)
    website = forms.CharField(required=False, max_length=200, label=_("Leave this empty"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Here and not above: a text that is put together when the module is read stays in one language.
        self.fields["attachments"].help_text = gettext("Up to %(count)s, %(size)s MB each: photos, PDF, documents.") % {
            "count": MAX_FILES,
            "size": MAX_FILE_BYTES // 1024 // 1024,
        }

    def clean_website(self) -> str:
        if self.cleaned_data.get("website"):
            raise forms.ValidationError(_("Please leave the last field empty."))
        return ""


class OrderField(forms.ModelChoiceField):
    def __init__(self, queryset: Any) -> None:
        super().__init__(queryset, required=False, label=_("About an order?"), empty_label=_("No particular one"))

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number} · {obj.date_placed:%d.%m.%Y}"


class QuestionForm(WrittenByStrangers):
    name = forms.CharField(label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=200,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    order = OrderField(queryset=shop.Order.objects.none())
    topic = forms.ChoiceField(label=_("What is it about?"), choices=TicketContext.Topic.choices)
    title = forms.CharField(label=_("In a few words"), max_length=200)
    message = forms.CharField(label=_("Your message"), max_length=MAX_MESSAGE, widget=forms.Textarea(attrs={"rows": 8}))
    order_link = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
    submission = forms.UUIDField(widget=forms.HiddenInput)
    query = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args: Any, orders: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["submission"].initial = uuid.uuid4
        if orders:
            self.fields["order"] = OrderField(queryset=orders)
        else:
            del self.fields["order"]

    def clean_email(self) -> str:
        return crm.normalise_email(self.cleaned_data["email"])


class ReplyForm(WrittenByStrangers):
    message = forms.CharField(
        label=_("Your reply"), max_length=MAX_MESSAGE, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["submission"].initial = uuid.uuid4

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("message") and not cleaned.get("attachments"):
            raise forms.ValidationError(_("Please write something first."))
        return cleaned
