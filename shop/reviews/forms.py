"""What a buyer says about a product."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from crm import api as crm
from shop.models.reviews import STARS
from shop.returns.forms import PhotosField
from shop.reviews.services import TEXT_LENGTH, TITLE_LENGTH, Opinion

SHORTEST = 10
STARS_SAID = {
    5: _("Very good"),
    4: _("Good"),
    3: _("All right"),
    2: _("Not so good"),
    1: _("Bad"),
}
# Advertisers live on links; a buyer needs none to say how the cups are.
_LINK = re.compile(
    r"https?:|www\.|<a\b|\[url|\b[a-z0-9-]{2,}\.(?:com|net|org|info|biz|ru|cn|xyz|top|shop|site)\b", re.I
)


class ReviewForm(forms.Form):
    stars = forms.TypedChoiceField(
        label=_("How do you like it?"),
        coerce=int,
        choices=[(stars, STARS_SAID[stars]) for stars in range(STARS, 0, -1)],
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one to five stars.")},
    )
    title = forms.CharField(label=_("In a few words"), max_length=TITLE_LENGTH, required=False)
    text = forms.CharField(
        label=_("Your review"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What is good about it, what is not? For whom is it?"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings.REVIEW_PHOTOS:
            self.fields["photos"] = PhotosField(
                label=_("Photos"), required=False, help_text=_("Everybody sees them. New ones replace earlier ones.")
            )

    def clean_title(self) -> str:
        return _without_link(crm.clean_line(self.cleaned_data["title"]))

    def clean_text(self) -> str:
        text = _without_link(crm.clean_text(self.cleaned_data["text"]))
        if len(text) < SHORTEST:
            raise forms.ValidationError(_("Please write a sentence or two."))
        return text

    @property
    def opinion(self) -> Opinion:
        given = self.cleaned_data
        return Opinion(given["stars"], given["title"], given["text"])


def _without_link(text: str) -> str:
    if _LINK.search(text):
        raise forms.ValidationError(_("Please leave out addresses of web pages: we cannot publish them."))
    return text
