"""A picture of MEDIA in one of a few widths, as WebP, made once and kept beside it: MEDIA/sizes/<width>/<name>.webp."""

import contextlib
import os
import posixpath
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.utils._os import safe_join

from shop.pictures.reading import NoPicture, read_picture

FOLDER = "sizes"
# In a thumbnail; in a list; large, or in a list on a screen with fine points; large on such a screen.
WIDTHS = (200, 400, 800, 1200)
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
QUALITY = 80


def sized_picture(name: str, width: int) -> Path:
    """The file with the picture `name` of MEDIA, not wider or higher than `width`; drawn now if it is not there yet.

    Two at once draw it twice, and the later one takes the place of the same. A picture that was exchanged under its
    old name is drawn again.

    :raises NoPicture: for a width we do not make, a name outside of MEDIA, no file, no picture
    """
    original, sized = _original(name), Path(settings.MEDIA_ROOT) / FOLDER / str(width) / f"{name}.webp"
    if width not in WIDTHS:
        raise NoPicture(f"no width of ours: {width}")
    try:
        changed_at = original.stat().st_mtime
        if not original.is_file():
            raise NoPicture(f"no file: {name}")
        with contextlib.suppress(FileNotFoundError):
            if sized.stat().st_mtime >= changed_at:
                return sized
        _draw(original, sized, width)
    except OSError as error:  # not there; or a name no file can have
        raise NoPicture(str(error)) from error
    return sized


def _original(name: str) -> Path:
    """:raises NoPicture: if `name` is not the one way to write a place in MEDIA, outside of FOLDER"""
    if posixpath.normpath(name) != name or name.split("/")[0] in {FOLDER, ".", ".."}:
        raise NoPicture(f"no name of a picture: {name!r}")
    try:
        path = Path(safe_join(settings.MEDIA_ROOT, name))
        path.lstat()
    except (SuspiciousFileOperation, ValueError, OSError) as error:  # ValueError: NUL
        raise NoPicture(f"no name of a picture: {name!r}") from error
    return path


def _draw(original: Path, sized: Path, width: int) -> None:
    """Whole or not at all: whoever reads at the same time sees no half of it."""
    picture = read_picture(original, within=width, formats=FORMATS)
    sized.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=sized.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            colours = picture.info.get("icc_profile") or b""
            picture.save(file, "WEBP", quality=QUALITY, method=4, icc_profile=colours)
        Path(unfinished).chmod(0o644)  # a web server before us may hand it out
        Path(unfinished).replace(sized)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
