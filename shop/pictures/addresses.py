"""Addresses of pictures in the sizes a page needs. Nothing here asks the database or looks for a file: the file is made
when the first browser wants it (sizes.py)."""

from urllib.parse import unquote

from django.conf import settings
from django.utils.encoding import filepath_to_uri

from shop.pictures.sizes import FOLDER, WIDTHS

# How wide a picture is drawn, for `sizes`: in a list of cards (2, 3 and 4 beside each other; see .shelf), and large.
IN_A_LIST = "(min-width: 80rem) 18rem, (min-width: 64rem) 23vw, (min-width: 40rem) 30vw, 45vw"
LARGE = "(min-width: 80rem) 44rem, (min-width: 56rem) 55vw, 92vw"

# Drawings have no points to be fewer of; Pillow does not read them.
_AS_IT_IS = (".svg",)


def picture_url(picture: str, width: int) -> str:
    """The address of a picture `width` points wide, or as wide as it is; "" for none.

    `picture` is the name of a file in MEDIA (`ProductImage.original.name`) or its address.
    """
    name = _name_of(picture)
    if not name or name.endswith(_AS_IT_IS):
        return picture if picture.startswith("/") or not name else settings.MEDIA_URL + _quoted(name)
    return _address(_quoted(name), width)


def srcset(picture: str, up_to: int = 800) -> str:
    """All widths up to `up_to` for the attribute `srcset`; "" where there is but one."""
    name = _name_of(picture)
    if not name or name.endswith(_AS_IT_IS):
        return ""
    quoted = _quoted(name)
    return ", ".join(f"{_address(quoted, width)} {width}w" for width in WIDTHS if width <= up_to)


def _name_of(picture: str) -> str:
    """The name in MEDIA; "" for none, and for an address that is not there (a static drawing)."""
    if picture.startswith(settings.MEDIA_URL):
        return unquote(picture[len(settings.MEDIA_URL) :])
    return "" if picture.startswith(("/", "http://", "https://")) else picture


def _quoted(name: str) -> str:
    return str(filepath_to_uri(name)).replace(",", "%2C")  # a comma ends an address in `srcset`


def _address(quoted: str, width: int) -> str:
    return f"{settings.MEDIA_URL}{FOLDER}/{width}/{quoted}.webp"
