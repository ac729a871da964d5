"""Small pictures for Oscar's dashboard, which wants a library for them that we have no other use for."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

FOLDER = "thumbnails"


@dataclass(frozen=True)
class Thumbnail:
    url: str


class Thumbnailer:
    """Oscar's OSCAR_THUMBNAILER: drawn once for each size, kept beside the pictures."""

    def generate_thumbnail(self, source: Any, *, size: str, **opts: Any) -> Thumbnail:
        """`size` is "200x200"; the picture keeps its proportions."""
        name = f"{FOLDER}/{size}/{source}.png"
        if not default_storage.exists(name):
            width, height = map(int, size.split("x"))
            with default_storage.open(str(source)) as file, Image.open(file) as picture:
                picture.thumbnail((width, height))
                drawn = BytesIO()
                picture.convert("RGBA").save(drawn, "PNG")
            default_storage.save(name, ContentFile(drawn.getvalue()))
        return Thumbnail(default_storage.url(name))

    def delete_thumbnails(self, source: Any) -> None:
        if default_storage.exists(FOLDER):
            for size in default_storage.listdir(FOLDER)[0]:
                default_storage.delete(f"{FOLDER}/{size}/{source}.png")
