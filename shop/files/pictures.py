"""Pictures of a file: those in a ZIP beside it, or ones that MEDIA has already. Nothing is fetched from the network: an
address in a file is somebody else's word where this server should go."""

import hashlib
import io
import zipfile
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import unquote, urlsplit

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

FOLDER = "images/products/imported"
LARGEST = 10 * 1024 * 1024
MOST_POINTS = 50_000_000
FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}
_DAMAGED = (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError)


class Pictures:
    """Looked up by the last part of a name or of an address: "https://cdn.example/a/cup.jpg?v=1" is "cup.jpg"."""

    def __init__(self, zipped: IO[bytes] | None = None) -> None:
        self._zip = zipfile.ZipFile(zipped) if zipped is not None else None
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in self._zip.infolist() if self._zip else []:
            name = PurePosixPath(entry.filename).name.lower()
            if name and not entry.is_dir() and not name.startswith("."):
                self._entries.setdefault(name, entry)
        self._stored: dict[str, str | None] = {}
        self._why: dict[str, str] = {}

    def find(self, name: str) -> str | None:
        """The name in MEDIA that it has or will have; None where there is none, or it is no picture."""
        if name not in self._stored:
            self._stored[name] = self._look(name)
        return self._stored[name]

    def why_not(self, name: str) -> str:
        return self._why.get(name, "")

    def store(self, name: str) -> str:
        """Put it into MEDIA, if it is not there: named after its content, so that twice is once."""
        stored = self.find(name)
        if stored is None:
            raise KeyError(name)
        if not default_storage.exists(stored):
            default_storage.save(stored, ContentFile(self._read(self._entries[_key(name)])))
        return stored

    def _look(self, name: str) -> str | None:
        entry = self._entries.get(_key(name))
        if entry is not None:
            return self._look_into(name, entry)
        is_address = "://" in name or name.startswith("//")
        if not is_address and ".." not in name and not name.startswith("/") and default_storage.exists(name):
            return name
        if is_address:
            self._why[name] = _("%(name)s is not fetched from the network: add a ZIP with the pictures") % {
                "name": name[:120]
            }
        else:
            self._why[name] = _("there is no picture %(name)s in the ZIP or in MEDIA") % {"name": name[:120]}
        return None

    def _look_into(self, name: str, entry: zipfile.ZipInfo) -> str | None:
        try:
            content = self._read(entry)
            with Image.open(io.BytesIO(content)) as image:
                kind = FORMATS.get(image.format or "")
                if kind is None or image.width * image.height > MOST_POINTS:
                    raise ValueError(image.format)
                image.verify()
        except (*_DAMAGED, zipfile.BadZipFile, RuntimeError, NotImplementedError):
            self._why[name] = _("%(name)s is no picture that we can open (JPG, PNG, WebP or GIF up to 10 MB)") % {
                "name": name[:120]
            }
            return None
        return f"{FOLDER}/{hashlib.sha256(content).hexdigest()[:32]}.{kind}"

    def _read(self, entry: zipfile.ZipInfo) -> bytes:
        """What the entry says of its size is not believed."""
        assert self._zip is not None  # noqa: S101
        with self._zip.open(entry) as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError("too large")
        return content


def _key(name: str) -> str:
    path = urlsplit(name).path if "://" in name or name.startswith("//") else name
    return PurePosixPath(unquote(path)).name.lower()
