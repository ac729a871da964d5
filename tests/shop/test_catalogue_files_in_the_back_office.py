"""Bringing a file in the back office: upload, preview, confirm, progress, report; and the export."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from shop.files.jobs import STUCK, check_file, run_file
from shop.models import CatalogueFile
from shop.oscar import Product
from shop.tasks import go_on_with_catalogue_files
from tests.shop import shelves

pytestmark = pytest.mark.django_db
LIST = reverse("admin:shop_cataloguefile_changelist")
ADD = reverse("admin:shop_cataloguefile_add")
ENGLISH = {"accept-language": "en"}
ROWS = "sku,title_tr,title_en,price\nA,Ad,Name,10\nB,,,5\n"


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "private"), "base_url": None},
        },
    }


@pytest.fixture
def manager(login: Any, linus: Any) -> Client:
    client: Client = login(linus)
    return client


def upload(client: Client, content: str = ROWS, **fields: Any) -> Any:
    data = {"file": SimpleUploadedFile("mine.csv", content.encode()), "language": "en", "currency": "TRY", **fields}
    return client.post(ADD, data, headers=ENGLISH)


def test_from_the_upload_to_the_report(manager: Client) -> None:
    answer = upload(manager)
    taken = CatalogueFile.objects.get()
    page = reverse("admin:shop_cataloguefile_change", args=[taken.pk])
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert 'http-equiv="refresh"' in manager.get(page, headers=ENGLISH).content.decode()
    check_file(taken.pk, now=timezone.now)
    preview = manager.get(page, headers=ENGLISH).content.decode()
    assert "What it would do" in preview and "a new product needs a title" in preview and "refresh" not in preview
    assert not Product.objects.exists()
    confirm = reverse("admin:shop_cataloguefile_confirm", args=[taken.pk])
    assert manager.post(confirm).status_code == 302
    assert "being written" in manager.get(page, headers=ENGLISH).content.decode()
    assert "by now" in manager.post(confirm, headers=ENGLISH, follow=True).content.decode(), "the second click"
    run_file(taken.pk, now=timezone.now)
    assert "What it did" in manager.get(page, headers=ENGLISH).content.decode()
    assert Product.objects.get().upc == "A"
    report = manager.get(reverse("admin:shop_cataloguefile_report", args=[taken.pk]), headers=ENGLISH)
    lines = b"".join(report.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "line,SKU,column,reason,refused" and lines[1].startswith("3,B,title,")
    assert taken.name in manager.get(LIST).content.decode()


def test_a_lost_nudge_is_made_up_for(manager: Client) -> None:
    upload(manager)
    CatalogueFile.objects.update(moved_at=timezone.now() - STUCK * 2)
    go_on_with_catalogue_files()
    taken = CatalogueFile.objects.get()
    assert taken.state == "checked"
    manager.post(reverse("admin:shop_cataloguefile_confirm", args=[taken.pk]))
    go_on_with_catalogue_files()
    assert not Product.objects.exists(), "a worker may have it: not yet"
    CatalogueFile.objects.update(moved_at=timezone.now() - STUCK * 2)
    go_on_with_catalogue_files()
    assert Product.objects.get().upc == "A"


def test_a_file_can_be_dropped(manager: Client) -> None:
    upload(manager)
    taken = CatalogueFile.objects.get()
    check_file(taken.pk, now=timezone.now)
    manager.post(reverse("admin:shop_cataloguefile_drop", args=[taken.pk]))
    manager.post(reverse("admin:shop_cataloguefile_confirm", args=[taken.pk]))
    taken.refresh_from_db()
    assert taken.state == "dropped"


def test_bad_uploads_are_refused_beside_the_field(manager: Client) -> None:
    assert manager.post(ADD, {"language": "en", "currency": "TRY"}, headers=ENGLISH).status_code == 422
    answer = upload(manager, pictures=SimpleUploadedFile("x.zip", b"no zip"))
    assert answer.status_code == 422 and "no ZIP file" in answer.content.decode()
    assert upload(manager, content="").status_code == 422
    assert upload(manager, language="xx").status_code == 422
    assert not CatalogueFile.objects.exists()


def test_a_preview_speaks_as_people_do(manager: Client) -> None:
    shelves.product("Cezve", "Cezve", sku="A", price="1190.00")
    content = SimpleUploadedFile("mine.csv", b"sku,price,vat_rate,public\nA,1290.00,10,0\n")
    turkish = {"accept-language": "tr"}
    manager.post(ADD, {"file": content, "language": "tr", "currency": "TRY"}, headers=turkish)
    taken = CatalogueFile.objects.get()
    check_file(taken.pk, now=timezone.now)
    page = manager.get(reverse("admin:shop_cataloguefile_change", args=[taken.pk]), headers=turkish).content.decode()
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "Fiyat: ₺1.190,00 → ₺1.290,00" in shown
    assert "KDV oranı (%): 20 → 10" in shown and "Yayında: evet → hayır" in shown


def test_what_is_in_a_file_is_text_on_the_page(manager: Client) -> None:
    upload(manager, content="sku,title_tr,price\n<script>alert(1)</script>,<b>x</b>,abc\nC,<b>y</b>,1\n")
    taken = CatalogueFile.objects.get()
    check_file(taken.pk, now=timezone.now)
    page = manager.get(reverse("admin:shop_cataloguefile_change", args=[taken.pk])).content.decode()
    assert "<script>alert" not in page and "<b>y" not in page and "&lt;b&gt;y" in page


def test_the_catalogue_goes_out(manager: Client) -> None:
    shelves.product("Cezve", "Bakır cezve", sku="C-1")
    answer = manager.get(reverse("admin:shop_cataloguefile_export"))
    assert answer["Content-Disposition"] == 'attachment; filename="products.csv"'
    assert "Bakır cezve" in b"".join(answer.streaming_content).decode()
    answer = manager.get(reverse("admin:shop_cataloguefile_export"), {"for": "spreadsheets"})
    assert "sku;parent_sku" in b"".join(answer.streaming_content).decode()
    chosen = shelves.product("Mug", sku="M-1")
    data = {"action": "export_selected", "index": "0", "_selected_action": [str(chosen.pk)]}
    answer = manager.post(reverse("admin:catalogue_product_changelist"), data)
    text = b"".join(answer.streaming_content).decode()
    assert "M-1" in text and "C-1" not in text


def test_only_who_may_change_products_may_do_it(client: Client, login: Any, grace: Any, mallory: Any) -> None:
    assert client.get(ADD).status_code == 302
    for person, status in ((mallory, 302), (grace, 403)):
        stranger = login(person)
        for address in (LIST, ADD, reverse("admin:shop_cataloguefile_export")):
            assert stranger.get(address).status_code == status, address
        assert upload(stranger).status_code == status
    assert not CatalogueFile.objects.exists()
