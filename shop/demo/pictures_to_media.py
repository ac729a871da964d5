"""The drawn product pictures: SVG → 800×800 WebP in MEDIA; those of variants in their own colours."""

import io
import re
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import resvg_py
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image
from tqdm import tqdm

from shop.demo.products import CategoryContent, variant_picture

FOLDER = Path(__file__).parent / "pictures"
SIZE = 800
PROCESSES = 2
COLOUR = re.compile("#[0-9a-f]{6}")

Drawing = tuple[str, Mapping[str, str]]  # the SVG, and which of its colours become which


def draw_pictures(categories: list[CategoryContent]) -> dict[str, str]:
    """Draw what is missing; the file in MEDIA for each picture's name. A picture nobody has drawn yet is left out."""
    wanted = _drawings(categories)
    drawn = sorted(name for name, (svg, _) in wanted.items() if (FOLDER / svg).is_file())
    files = {name: f"images/products/demo/{Path(name).stem}.webp" for name in drawn}
    missing = [name for name in drawn if not _is_whole(files[name])]
    if missing:
        # resvg keeps Python's lock while it draws. Forked: drawing needs neither Django nor the database.
        with ProcessPoolExecutor(PROCESSES, mp_context=get_context("fork")) as processes:
            pictures = processes.map(_draw, [wanted[name] for name in missing], chunksize=4)
            for name, picture in zip(
                missing, tqdm(pictures, total=len(missing), desc="pictures", unit="", disable=None), strict=True
            ):
                default_storage.delete(files[name])
                default_storage.save(files[name], ContentFile(picture))
    return files


def _drawings(categories: list[CategoryContent]) -> dict[str, Drawing]:
    wanted: dict[str, Drawing] = {}
    for product in [product for content in categories for product in content.products if product["picture"]]:
        wanted[product["picture"]] = (product["picture"], {})
        for value in product["options"]["values"] if product["options"] else []:
            if value.get("colours"):
                wanted[variant_picture(product, value)] = (product["picture"], value["colours"])
    return wanted


def _is_whole(name: str) -> bool:
    """Whether the file is there and as long as its own header says: a killed run leaves a short one."""
    if not default_storage.exists(name):
        return False
    with default_storage.open(name) as file:
        header = file.read(12)
    return header[:4] == b"RIFF" and int.from_bytes(header[4:8], "little") + 8 == default_storage.size(name)


def _draw(drawing: Drawing) -> bytes:
    svg, colours = drawing
    text = COLOUR.sub(lambda found: colours.get(found[0], found[0]), (FOLDER / svg).read_text(encoding="utf-8"))
    png = bytes(resvg_py.svg_to_bytes(svg_string=text, width=SIZE, height=SIZE, skip_system_fonts=True))
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").save(out, "WEBP", quality=84, method=2)
    return out.getvalue()
