"""The drawn product pictures: SVG → 800×800 WebP in MEDIA."""

import io
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import resvg_py
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image
from tqdm import tqdm

from shop.demo.products import CategoryContent

FOLDER = Path(__file__).parent / "pictures"
SIZE = 800
PROCESSES = 2


def draw_pictures(categories: list[CategoryContent]) -> dict[str, str]:
    """Draw what is missing; the file in MEDIA for each picture's name. A picture nobody has drawn yet is left out."""
    names = {product["picture"] for content in categories for product in content.products if product["picture"]}
    drawn = sorted(name for name in names if (FOLDER / name).is_file())
    files = {name: f"images/products/demo/{Path(name).stem}.webp" for name in drawn}
    missing = [name for name in drawn if not _is_whole(files[name])]
    if missing:
        # resvg keeps Python's lock while it draws. Forked: drawing needs neither Django nor the database.
        with ProcessPoolExecutor(PROCESSES, mp_context=get_context("fork")) as processes:
            pictures = processes.map(_draw, missing, chunksize=4)
            for name, picture in zip(
                missing, tqdm(pictures, total=len(missing), desc="pictures", unit="", disable=None), strict=True
            ):
                default_storage.delete(files[name])
                default_storage.save(files[name], ContentFile(picture))
    return files


def _is_whole(name: str) -> bool:
    """Whether the file is there and as long as its own header says: a killed run leaves a short one."""
    if not default_storage.exists(name):
        return False
    with default_storage.open(name) as file:
        header = file.read(12)
    return header[:4] == b"RIFF" and int.from_bytes(header[4:8], "little") + 8 == default_storage.size(name)


def _draw(name: str) -> bytes:
    png = bytes(
        resvg_py.svg_to_bytes(
            svg_string=(FOLDER / name).read_text(encoding="utf-8"), width=SIZE, height=SIZE, skip_system_fonts=True
        )
    )
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").save(out, "WEBP", quality=84, method=2)
    return out.getvalue()
