"""Files that customers attach: what is taken, where it is kept, how it is handed out again."""

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import ContentFile
from django.http import FileResponse
from django.utils.translation import gettext as _
from helpdesk.models import FollowUp, Ticket

from crm import api as crm
from support.models import TicketFile

MAX_FILES = 3
MAX_FILE_BYTES = 5 * 1024 * 1024

_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1")
_MAIL_START = re.compile(rb"\A(?:[A-Za-z][A-Za-z0-9-]*: ?[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n){2,}")


class FileRefused(ValueError):
    """A file that is not taken; the text says why and is meant for the sender."""


@dataclass(frozen=True)
class CheckedFile:
    """A file whose name, size and content were looked at."""

    name: str
    content_type: str
    content: bytes


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _is_heic(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS


def _is_text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    start = content[:1024].lstrip().lower()
    return not start.startswith((b"<!doctype", b"<html", b"<script", b"<svg", b"<?xml", b"%pdf", b"mz"))


def _holds(member: str) -> Callable[[bytes], bool]:
    def check(content: bytes) -> bool:
        try:
            return member in zipfile.ZipFile(io.BytesIO(content)).namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
            return False

    return check


# What an ending promises, and how the content keeps the promise.
_KINDS: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    ".pdf": ("application/pdf", lambda content: b"%PDF-" in content[:1024]),
    ".jpg": ("image/jpeg", lambda content: content.startswith(b"\xff\xd8\xff")),
    ".jpeg": ("image/jpeg", lambda content: content.startswith(b"\xff\xd8\xff")),
    ".png": ("image/png", lambda content: content.startswith(b"\x89PNG\r\n\x1a\n")),
    ".webp": ("image/webp", _is_webp),
    ".heic": ("image/heic", _is_heic),
    ".txt": ("text/plain", _is_text),
    ".eml": ("message/rfc822", lambda content: bool(_MAIL_START.match(content[:65536]))),
    ".doc": ("application/msword", lambda content: content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")),
    ".docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        _holds("word/document.xml"),
    ),
    ".odt": ("application/vnd.oasis.opendocument.text", _holds("content.xml")),
}
ALLOWED_ENDINGS = tuple(_KINDS)


def check_size(name: str, size: int) -> None:
    """:raises FileRefused: if it is too big; ask this before reading the content"""
    if size > MAX_FILE_BYTES:
        raise FileRefused(
            _("“%(name)s” is too big: a file may have up to %(limit)s MB.")
            % {"name": name, "limit": MAX_FILE_BYTES // 1024 // 1024}
        )


def check_file(name: str, content: bytes) -> CheckedFile:
    """:raises FileRefused: if it is too big, of a kind that is not taken, or not what its name says"""
    name = crm.clean_line(name.replace("\\", "/").rsplit("/", 1)[-1])[-120:] or "file"
    check_size(name, len(content))
    ending = "." + name.rpartition(".")[2].lower()
    if "." not in name or ending not in _KINDS:
        raise FileRefused(
            _("“%(name)s” cannot be sent: we take %(kinds)s files.")
            % {"name": name, "kinds": ", ".join(kind[1:] for kind in ALLOWED_ENDINGS)}
        )
    content_type, keeps_promise = _KINDS[ending]
    if not content or not keeps_promise(content):
        raise FileRefused(_("“%(name)s” is empty, damaged, or not what its name says.") % {"name": name})
    return CheckedFile(name, content_type, content)


def keep_files(
    ticket: Ticket, files: Sequence[CheckedFile], *, now: datetime, followup: FollowUp | None = None
) -> list[TicketFile]:
    """Write files to the private storage, in the caller's transaction."""
    kept = []
    for file in files:
        row = TicketFile(
            ticket=ticket,
            followup=followup,
            name=file.name,
            content_type=file.content_type,
            size=len(file.content),
            sha256=hashlib.sha256(file.content).hexdigest(),
            created_at=now,
        )
        row.file.save(file.name, ContentFile(file.content), save=False)
        row.save()
        kept.append(row)
    return kept


def file_response(file: TicketFile) -> FileResponse:
    """Hand a file out, never to be shown inside a page of ours."""
    response = FileResponse(file.file.open("rb"), as_attachment=True, filename=file.name)
    response["Content-Type"] = file.content_type
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
