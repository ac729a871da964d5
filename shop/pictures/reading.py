"""Opening a picture that somebody brought: a damaged or bloated file is an answer, not an accident."""

import struct
from pathlib import Path
from typing import IO

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

# More than a phone makes; a few kilobytes that unfold to more are an attack.
MAX_POINTS = 50_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
# What Pillow raises for damaged files; the last two for what a camera is said to have written into them.
DAMAGED = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    struct.error,
)


class NoPicture(ValueError):
    """The file is no picture, is damaged, or unfolds to more than MAX_POINTS."""


def read_picture(source: Path | IO[bytes], *, within: int, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """The (first) picture of the file, upright, RGB or RGBA, made smaller until neither side is longer than `within`.

    :raises NoPicture: if it cannot be shown
    """
    try:
        with Image.open(source, formats=formats) as picture:
            # For all of Pillow, WeasyPrint lets pictures pass that are cut short; what is stated here wins.
            ImageFile.LOAD_TRUNCATED_IMAGES = False
            if picture.width * picture.height > MAX_POINTS:
                raise NoPicture(f"{picture.width} × {picture.height} points")
            picture.draft("RGB", (within, within))
            upright = _flat(ImageOps.exif_transpose(picture))
            upright.thumbnail((within, within), Image.Resampling.LANCZOS)
            return upright
    except DAMAGED as error:
        raise NoPicture(str(error)) from error


def _flat(picture: Image.Image) -> Image.Image:
    """In plain colours, what shines through kept. A profile of colours belongs to the old ones."""
    if picture.mode in ("RGB", "RGBA"):
        return picture
    flat = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    flat.info.pop("icc_profile", None)
    return flat
