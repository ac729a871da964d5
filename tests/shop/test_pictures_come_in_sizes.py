"""A picture is asked for by name and width, made once, and never more than a page needs."""

import io
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from PIL import Image

from shop.pictures import sizes
from shop.pictures.addresses import picture_url, srcset
from shop.pictures.reading import MAX_POINTS, NoPicture
from shop.pictures.sizes import sized_picture

NAME = "images/products/2026/11/cezve büyük.png"
ADDRESS = "/media/sizes/400/images/products/2026/11/cezve%20b%C3%BCy%C3%BCk.png.webp"


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    draw(settings.MEDIA_ROOT / NAME, size=(900, 600))
    return Path(settings.MEDIA_ROOT)


def draw(path: Path, *, size: tuple[int, int] = (900, 600), mode: str = "RGB", **saved: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size).save(path, **saved)
    return path


def shown(response: Any) -> Image.Image:
    return Image.open(io.BytesIO(b"".join(response.streaming_content)))


def test_an_address_says_name_and_width_and_costs_nothing(media: Path) -> None:
    for path in media.rglob("*.png"):
        path.unlink()
    assert picture_url(NAME, 400) == ADDRESS
    assert picture_url("/media/images/products/2026/11/cezve%20b%C3%BCy%C3%BCk.png", 400) == ADDRESS
    assert srcset("a.jpg") == (
        "/media/sizes/200/a.jpg.webp 200w, /media/sizes/400/a.jpg.webp 400w, /media/sizes/800/a.jpg.webp 800w"
    )
    assert srcset("a.jpg", up_to=1200).endswith(", /media/sizes/1200/a.jpg.webp 1200w")
    assert srcset("a,b.jpg", up_to=200) == "/media/sizes/200/a%2Cb.jpg.webp 200w"


@pytest.mark.parametrize(
    ("picture", "address"),
    [("", ""), ("logo.svg", "/media/logo.svg"), ("/static/img/a.svg", "/static/img/a.svg"), ("/static/a.png",) * 2],
)
def test_what_has_no_sizes_keeps_its_address(picture: str, address: str) -> None:
    assert picture_url(picture, 400) == address
    assert srcset(picture) == ""


def test_the_address_gives_the_picture_small_as_webp_to_be_kept_forever(client: Any, media: Path) -> None:
    answer = client.get(ADDRESS)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert not answer.cookies
    picture = shown(answer)
    assert (picture.format, picture.size) == ("WEBP", (400, 267))
    again = client.get(ADDRESS, headers={"If-Modified-Since": answer["Last-Modified"]})
    assert (again.status_code, again.content) == (304, b"")
    assert [path.name for path in (media / "sizes").rglob("*.*") if path.is_file()] == ["cezve büyük.png.webp"]


def test_no_picture_is_made_bigger_than_it_is(client: Any) -> None:
    assert shown(client.get(ADDRESS.replace("/400/", "/1200/"))).size == (900, 600)


def test_it_is_made_once_and_anew_when_the_picture_was_exchanged(media: Path) -> None:
    first = sized_picture(NAME, 400)
    made_at = first.stat().st_mtime_ns
    assert sized_picture(NAME, 400).stat().st_mtime_ns == made_at
    draw(media / NAME, size=(500, 500))
    later = made_at + 10**9
    os.utime(media / NAME, ns=(later, later))
    assert Image.open(sized_picture(NAME, 400)).size == (400, 400)


@pytest.mark.parametrize(
    "path",
    [
        "399/images/products/2026/11/cezve%20b%C3%BCy%C3%BCk.png.webp",
        "400/images/products/2026/11/none.png.webp",
        "400/images/products/2026/11.webp",
        "400/../secret.png.webp",
        "400/..%2Fsecret.png.webp",
        "400/%2e%2e/secret.png.webp",
        "400//etc/passwd.webp",
        "400/images/../images/products/2026/11/cezve%20b%C3%BCy%C3%BCk.png.webp",
        "400/images//products/2026/11/cezve%20b%C3%BCy%C3%BCk.png.webp",
        "400/sizes/400/images/products/2026/11/cezve%20b%C3%BCy%C3%BCk.png.webp.webp",
        "400/a%00b.png.webp",
        f"400/{'a' * 300}.png.webp",
        "400/" + "a/" * 3000 + "b.png.webp",
    ],
)
def test_nothing_else_is_found_or_written(client: Any, media: Path, path: str) -> None:
    draw(media.parent / "secret.png")
    sized_picture(NAME, 400)
    before = sorted(media.parent.rglob("*"))
    answer = client.get(f"/media/sizes/{path}")
    assert answer.status_code == 404
    assert sorted(media.parent.rglob("*")) == before


def test_a_picture_that_was_removed_is_gone_in_every_size(client: Any, media: Path) -> None:
    assert client.get(ADDRESS).status_code == 200
    (media / NAME).unlink()
    assert client.get(ADDRESS).status_code == 404


def bloated() -> bytes:
    """A PNG whose header promises more points than anybody's memory holds."""
    file = io.BytesIO()
    Image.new("1", (MAX_POINTS // 5000, 5001)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("kind", ["empty", "words", "cut", "bloated", "vector"])
def test_what_is_no_picture_is_answered_in_a_line_and_leaves_nothing(
    client: Any, media: Path, kind: str, django_assert_num_queries: Any, db: None
) -> None:
    whole = (media / NAME).read_bytes()
    content = {"empty": b"", "words": b"hello", "cut": whole[: len(whole) // 2], "bloated": bloated()}
    (media / "odd.png").write_bytes(content.get(kind, b"<svg xmlns='http://www.w3.org/2000/svg'/>"))
    with django_assert_num_queries(0):
        answer = client.get("/media/sizes/400/odd.png.webp")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/plain; charset=utf-8")
    assert len(answer.content) < 100
    assert [path for path in (media / "sizes").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("mode", ["P", "L", "LA", "RGBA", "CMYK", "1"])
def test_pictures_of_all_colours_are_shown(media: Path, mode: str) -> None:
    name = "cmyk.jpg" if mode == "CMYK" else "odd.png"
    draw(media / name, mode=mode)
    picture = Image.open(sized_picture(name, 200))
    assert picture.mode == ("RGBA" if mode in ("LA", "RGBA") else "RGB")


def test_it_stands_upright_and_tells_nothing_of_its_camera(media: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it by 90°
    exif[0x0110] = "A secret camera"
    draw(media / "photo.jpg", size=(900, 600), exif=exif)
    path = sized_picture("photo.jpg", 200)
    assert Image.open(path).size == (133, 200)
    assert b"secret camera" not in path.read_bytes()


def test_two_who_ask_at_once_both_get_a_whole_picture(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(2, timeout=20)
    read = sizes.read_picture

    def read_together(*args: Any, **kwargs: Any) -> Image.Image:
        together.wait()
        return read(*args, **kwargs)

    monkeypatch.setattr(sizes, "read_picture", read_together)
    found: list[tuple[int, int]] = []

    def ask() -> None:
        found.append(Image.open(sized_picture(NAME, 400)).size)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(400, 267)] * 2
    assert len([path for path in (media / "sizes").rglob("*") if path.is_file()]) == 1


def test_a_full_disk_leaves_no_half_of_a_picture(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(NoPicture):
        sized_picture(NAME, 400)
    assert [path for path in (media / "sizes").rglob("*") if path.is_file()] == []


def test_the_component_says_sizes_and_takes_its_place() -> None:
    shown = render_to_string(
        "components/_picture.html", {"picture": NAME, "width": 400, "sizes": "list", "alt": 'A "b"'}
    )
    assert f'src="{ADDRESS}"' in shown
    assert " 800w" in shown
    assert " 1200w" not in shown
    assert 'sizes="(min-width' in shown
    assert 'width="400" height="400"' in shown
    assert 'alt="A &quot;b&quot;"' in shown
    assert 'loading="lazy"' in shown
    eager = render_to_string("components/_picture.html", {"picture": NAME, "width": 120, "eager": True})
    assert 'sizes="120px"' in eager
    assert "lazy" not in eager
    none = render_to_string("components/_picture.html", {"picture": "", "width": 120})
    assert "no-picture" in none
    assert "srcset" not in none
