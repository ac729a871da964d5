"""What a shared link looks like: the title, the words and the picture of 1200 × 630 points (ogp.me)."""

from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.templatetags.static import static
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1200, 630
FOLDER = "share"
# The shop's paper, and its awning above (static/css/tokens.css).
PAPER, AWNING = "#fbf6ec", ("#c4623f", "#f3e4cd")
SCALLOP, DROP, MARGIN = 60, 34, 28
LOCALES = {"tr": "tr_TR", "en": "en_GB"}


@dataclass(frozen=True)
class Share:
    """`image` is a path or a whole address of a picture of that size."""

    title: str
    description: str
    kind: str
    image: str
    image_alt: str = ""
    price: str = ""
    currency: str = ""


def share_image(picture: str) -> str:
    """The address of the card drawn from a picture of MEDIA; the shop's own card where there is none."""
    if not picture.startswith(settings.MEDIA_URL) or picture.endswith(".svg"):
        return static("img/share.jpg")
    return f"{settings.MEDIA_URL}{FOLDER}/{picture[len(settings.MEDIA_URL) :]}.jpg"  # the address "share-image"


def share_image_file(name: str) -> str:
    """The file in MEDIA with the card of the picture `name`, drawn at the first request.

    :raises OSError: if the picture is not there, or is none
    """
    card = f"{FOLDER}/{name}.jpg"
    if not default_storage.exists(card):
        with default_storage.open(name) as file, Image.open(file) as picture:
            drawn = draw_card(picture)
        default_storage.save(card, ContentFile(drawn))
    return card


def draw_card(picture: Image.Image) -> bytes:
    """JPEG: the whole picture in the middle of the shop's paper, under its awning."""
    card = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(card)
    for number, left in enumerate(range(0, WIDTH, SCALLOP)):
        pen.ellipse((left, -DROP, left + SCALLOP - 1, DROP), fill=AWNING[number % 2])
    side = HEIGHT - DROP - 2 * MARGIN
    whole = picture.convert("RGBA")
    scale = min((WIDTH - 2 * MARGIN) / whole.width, side / whole.height)
    whole = whole.resize((max(1, round(whole.width * scale)), max(1, round(whole.height * scale))))
    card.paste(whole, ((WIDTH - whole.width) // 2, DROP + (HEIGHT - DROP - whole.height) // 2), whole)
    written = BytesIO()
    card.save(written, "JPEG", quality=86, optimize=True, progressive=True)
    return written.getvalue()
