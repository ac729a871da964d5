"""Files of products for tests, taken, looked at and written as the admin and the commands do it."""

import io
import zipfile
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from crm import api as crm
from shop.files.jobs import check_file, confirm_file, run_file, take_file
from shop.models import CatalogueFile

ACTOR = crm.Actor.staff(1)


def take(text: str | bytes, *, pictures: bytes | None = None, language: str = "en") -> CatalogueFile:
    content = text.encode() if isinstance(text, str) else text
    return take_file(
        ContentFile(content, name="products.csv"),
        pictures=ContentFile(pictures, name="pictures.zip") if pictures else None,
        language=language,
        report_language="en",
        currency="TRY",
        actor=ACTOR,
        now=timezone.now(),
    )


def check(text: str | bytes, **options: Any) -> CatalogueFile:
    """Looked at; nothing of it is in the catalogue yet."""
    taken = take(text, **options)
    check_file(taken.pk, now=timezone.now)
    taken.refresh_from_db()
    return taken


def bring(text: str | bytes, **options: Any) -> CatalogueFile:
    """From the upload to the report."""
    taken = check(text, **options)
    confirm_file(taken.pk, actor=ACTOR, now=timezone.now())
    run_file(taken.pk, now=timezone.now)
    taken.refresh_from_db()
    return taken


def counts(taken: CatalogueFile) -> tuple[int, int, int, int]:
    """(made, changed, as they were, refused)"""
    return taken.created, taken.changed, taken.same, taken.refused


def said(taken: CatalogueFile) -> list[tuple[int, str, str]]:
    """(line, column, reason) of all problems."""
    return list(taken.problems.values_list("line", "field", "reason"))


def picture(colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(file, "PNG")
    return file.getvalue()


def zipped(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"folder/{name.replace('_', '.')}", content)
    return file.getvalue()
