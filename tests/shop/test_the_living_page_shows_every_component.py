"""/admin/components/: staff see every component in its states; nobody else sees the page."""

from pathlib import Path
from typing import Any

import pytest

from crm import api as crm
from shop.pages.own import _basket_link

ROOT = Path(__file__).resolve().parents[2]
PAGE = "/admin/components/"


def test_every_component_is_shown_to_staff_in_both_colours(login: Any, grace: crm.User) -> None:
    _basket_link.cache_clear()  # in the header: drawn once for each number
    page = login(grace).get(PAGE)
    assert page.status_code == 200
    shown = {template.name for template in page.templates}
    there = {path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates/components").iterdir()}
    assert len(there) > 8
    assert there - shown == set()
    text = page.content.decode()
    assert 'data-theme="light"' in text
    assert 'data-theme="dark"' in text
    assert 'aria-invalid="true"' in text
    assert '<meta name="robots" content="noindex">' in text


def test_the_menu_of_the_back_office_leads_there(login: Any, linus: crm.User) -> None:
    assert f'href="{PAGE}"' in login(linus).get("/admin/").content.decode()


def test_no_customer_sees_it(login: Any, mallory: crm.Customer) -> None:
    assert login(mallory).get(PAGE).status_code == 302


@pytest.mark.django_db
def test_no_stranger_sees_it(client: Any) -> None:
    answer = client.get(PAGE)
    assert answer.status_code == 302
    assert answer.url.startswith("/admin/login/")


@pytest.mark.parametrize("path", sorted((ROOT / "templates/components").iterdir()), ids=lambda path: path.name)
def test_a_component_says_which_variables_it_takes(path: Path) -> None:
    opening = path.read_text()[:700]
    assert "Variables:" in opening
    assert opening.index("Variables:") < opening.index("<", opening.index("Variables:"))
