"""Photos of what arrived: looked at, drawn anew (so that place, camera and whatever else was inside are gone), kept
in the private storage, shown to staff only."""

import io
import uuid
from collections.abc import Sequence
from datetime import datetime

from django.core.files.base import ContentFile
from django.http import HttpResponse
from django.utils.translation import gettext as _
from PIL import Image

from crm import api as crm
from shop.models import ReturnPhoto, ReturnRequest, ReviewPhoto
from shop.pictures.reading import NoPicture, read_picture

MAX_PHOTOS = 5
MAX_PHOTO_BYTES = 10 * 1024 * 1024
LONGEST_SIDE = 2000
ACCEPT = "image/jpeg,image/png,image/webp"


class PhotoRefused(ValueError):
    """A file that is not taken; the text says why and is meant for the sender."""


def check_size(name: str, size: int) -> None:
    """:raises PhotoRefused: if it is too big; ask this before reading the content"""
    if size > MAX_PHOTO_BYTES:
        raise PhotoRefused(
            _("“%(name)s” is too big: a photo may have up to %(limit)s MB.")
            % {"name": _shown(name), "limit": MAX_PHOTO_BYTES // 1024 // 1024}
        )


def clean_photo(name: str, content: bytes) -> bytes:
    """The picture as a JPEG of ours, upright, at most LONGEST_SIDE long; what it is called does not matter.

    :raises PhotoRefused: if it is too big or no picture
    """
    check_size(name, len(content))
    try:
        photo = read_picture(io.BytesIO(content), within=LONGEST_SIDE)
    except NoPicture as error:
        raise PhotoRefused(
            _("“%(name)s” is no photo that we can open. JPG, PNG or WebP, please.") % {"name": _shown(name)}
        ) from error
    drawn = io.BytesIO()
    _on_white(photo).save(drawn, "JPEG", quality=85)
    return drawn.getvalue()


def keep_photos(case: ReturnRequest, photos: Sequence[bytes], *, now: datetime) -> None:
    """Write cleaned photos to the private storage, in the caller's transaction, as its last step."""
    for content in photos:
        photo = ReturnPhoto(request=case, uploaded_at=now)
        photo.file.save(f"{uuid.uuid4()}.jpg", ContentFile(content), save=False)
        photo.save()


def photo_response(photo: ReturnPhoto | ReviewPhoto) -> HttpResponse:
    with photo.file.open("rb") as file:
        response = HttpResponse(file.read(), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def _shown(name: str) -> str:
    return crm.clean_line(name)[-60:] or "?"


def _on_white(picture: Image.Image) -> Image.Image:
    """JPEG knows no transparency: what shines through becomes paper."""
    if picture.mode in ("RGB", "L"):
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    paper = Image.new("RGB", layer.size, "white")
    paper.paste(layer, mask=layer.getchannel("A"))
    return paper
