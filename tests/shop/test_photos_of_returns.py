"""Photos are looked at and drawn anew: nothing else gets in, and nothing hidden in them stays."""

import io

import pytest
from PIL import Image

from shop.pictures.reading import MAX_POINTS
from shop.returns.photos import LONGEST_SIDE, MAX_PHOTO_BYTES, PhotoRefused, clean_photo
from tests.shop.returning import picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_a_jpeg_of_ours(kind: str) -> None:
    with Image.open(io.BytesIO(clean_photo("IMG_1.jpg", picture(kind)))) as drawn:
        assert (drawn.format, drawn.size) == ("JPEG", (40, 30))


def test_what_the_camera_wrote_into_it_is_gone_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"  # where it was taken
    cleaned = clean_photo("x.jpg", picture("JPEG", exif=exif))
    with Image.open(io.BytesIO(cleaned)) as drawn:
        assert drawn.size == (30, 40)
        assert not drawn.getexif()
    assert b"SecretCamera" not in cleaned


def test_what_is_glued_to_its_end_is_gone() -> None:
    assert b"<script>" not in clean_photo("x.jpg", picture() + b"<script>alert(1)</script>")


def test_a_big_one_becomes_small() -> None:
    with Image.open(io.BytesIO(clean_photo("x.png", picture("PNG", size=(3000, 1500))))) as drawn:
        assert drawn.size == (LONGEST_SIDE, LONGEST_SIDE // 2)


def test_what_shines_through_becomes_white() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(file, "PNG")
    with Image.open(io.BytesIO(clean_photo("x.png", file.getvalue()))) as drawn:
        assert drawn.getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 100, SVG, b"<!doctype html><script>alert(1)</script>", b"MZ\x90\0" + b"\0" * 200, b"%PDF-1.7",
     picture()[:200], picture("GIF"), picture("TIFF"), picture("PNG")[:60], b"\xff\xd8\xff\xe0 not really"],
    ids=["empty", "NULs", "SVG", "HTML", "EXE", "PDF", "cut JPEG", "GIF", "TIFF", "cut PNG", "JPEG's first bytes"],
)  # fmt: skip
def test_what_is_no_photo_is_refused_whatever_it_is_called(content: bytes) -> None:
    with pytest.raises(PhotoRefused, match=r"holiday\.jpg"):
        clean_photo("holiday.jpg", content)


def test_thirty_megabytes_are_refused_unread() -> None:
    with pytest.raises(PhotoRefused, match=r"too big|büyük"):
        clean_photo("x.jpg", b"\0" * (30 * 1024 * 1024))
    assert MAX_PHOTO_BYTES < 30 * 1024 * 1024


def test_a_few_kilobytes_that_unfold_to_a_field_of_points_are_refused() -> None:
    side = int(MAX_POINTS**0.5) + 10
    file = io.BytesIO()
    Image.new("1", (side, side)).save(file, "PNG")
    assert len(file.getvalue()) < 100_000
    with pytest.raises(PhotoRefused):
        clean_photo("bomb.png", file.getvalue())


def test_what_a_camera_never_wrote_is_refused() -> None:
    """The turn is a word instead of a number, or a number is text: Pillow stumbles when it writes that anew."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x011A] = 72.0
    for field in range(12):
        content = bytearray(picture("JPEG", exif=exif))
        start = content.index(b"Exif\0\0") + 6
        content[start + 12 + field] ^= 0x05
        try:
            clean_photo("x.jpg", bytes(content))
        except PhotoRefused:
            continue
