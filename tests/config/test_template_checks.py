"""`manage.py check_templates` names what is wrong with a template before a person meets it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.template import Engine, engines

from config import translations
from config.template_checks import complaints, untranslated

ROOT = Path(__file__).resolve().parents[2]
Write = Callable[..., list[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for app in translations.APPS:
        (tmp_path / app).mkdir()
    return tmp_path


@pytest.fixture
def check(project: Path) -> Write:
    """`check({"shop/page.html": "…"}, "render('shop/page.html')")`: the complaints about such a project."""
    engine = Engine(
        dirs=[str(project / "templates")], app_dirs=True, libraries=dict(engines["django"].engine.libraries)
    )

    def write(templates: dict[str, str], code: str = "") -> list[str]:
        for name, source in templates.items():
            path = project / "templates" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        everything = "".join(f"render(request, {name!r})\n" for name in templates)
        (project / "shop" / "views.py").write_text(code or everything)
        return complaints(project, engine)

    return write


PAGE = "shop/page.html"


@pytest.mark.parametrize(
    "source",
    [
        "{% load i18n static %}{% translate 'Hello' %} <img src=\"{% static 'img/mark.svg' %}\" alt=\"\">",
        "{% url 'shop:track' %}{% url 'shop:tracking' token %}{% url 'shop:tracking' token=token %}",
        "{% url 'admin:index' %}{% url name %}{% include name %}",
        "{{ price|floatformat:2 }} × {{ count }} – <span>€</span>",
    ],
)
def test_a_good_template_gives_no_complaint(check: Write, source: str) -> None:
    assert check({PAGE: source}) == []


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("{% if x %}", "Unclosed tag on line 1: 'if'"),
        ("{% nonsense %}", "Invalid block tag on line 1: 'nonsense'"),
        ("{{ x|nonsense }}", "Invalid filter: 'nonsense'"),
        ("{% load nonsense %}", "'nonsense' is not a registered tag library"),
        ("\n{% url 'shop:nowhere' %}", "line 2: no page is called 'shop:nowhere'"),
        ("{% url 'nowhere:home' as link %}", "line 1: no page is called 'nowhere:home'"),
        ("{% if x %}{% url 'nowhere' %}{% endif %}", "line 1: no page is called 'nowhere'"),
        ("{% url 'shop:tracking' %}", "'shop:tracking' wants token, gets 0 values"),
        ("{% url 'shop:tracking' id=1 %}", "'shop:tracking' wants token, gets id"),
        ("{% load static %}{% static 'img/nothing.svg' %}", "line 1: no static file img/nothing.svg"),
        ("{% include 'shop/nothing.html' %}", "line 1: no template shop/nothing.html"),
        ("{{ text|safe }}", "|safe"),
        ("<p>Hello there</p>", "not through gettext: 'Hello there'"),
    ],
)
def test_what_is_wrong_is_named(check: Write, source: str, complaint: str) -> None:
    [found] = check({PAGE: source})
    assert found.startswith(f"{PAGE}: ")
    assert complaint in found


def test_a_template_that_nobody_refers_to_is_named(check: Write) -> None:
    used = {
        PAGE: "{% extends 'shop/base.html' %}",
        "shop/base.html": "{% include 'shop/_part.html' %}",
        "shop/_part.html": "",
        "shop/email/order_shipped.subject.txt": "",
        "shop/email/order_shipped.txt": "",
        "shop/email/order_shipped.html": "",
        "crm/email/verify.txt": "",
        "404.html": "",
        "admin/base_site.html": "",  # stands for Django's own
        "admin/order/order/change_form.html": "",  # the admin looks for it
    }
    code = (
        f"""render({PAGE!r}); queue(f"shop/email/{{name}}"); step("order_shipped"); Mail(template="crm/email/verify")"""
    )
    assert check({**used, "shop/forgotten.html": "", "shop/email/forgotten.txt": ""}, code) == [
        "shop/email/forgotten.txt: no code and no template refers to it",
        "shop/forgotten.html: no code and no template refers to it",
    ]


def test_a_template_that_the_code_names_must_be_there(check: Write) -> None:
    assert check({PAGE: ""}, f"render({PAGE!r}); render('shop/gone.html')") == [
        "the code names shop/gone.html, which is not there"
    ]


def test_a_text_must_not_be_escaped_like_html(check: Write) -> None:
    mail = {"mail.subject.txt": "{{ x }}", "mail.txt": "{% autoescape off %}{{ x }}{% endautoescape %}"}
    assert check(mail) == ["mail.subject.txt: no {% autoescape off %}: “Ali's” would arrive as “Ali&#x27;s”"]


def test_extends_goes_two_levels_and_no_further(check: Write) -> None:
    chain = {"a.html": "", **{f"{one}.html": f"{{% extends '{other}.html' %}}" for other, one in ("ab", "bc", "cd")}}
    assert check(chain) == ["d.html: more than 2 levels of extends"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<a title='Go home' href='/x/'>{{ x }}</a>", ["Go home"]),
        ("<input placeholder='Your name' type='text'>", ["Your name"]),
        ("<p>{% if x %}Yes{% endif %}</p>", ["Yes"]),
        ("<meta name='description' content='A shop'><meta name='viewport' content='width=device-width'>", ["A shop"]),
        ("{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}{% comment %}Why{% endcomment %}{# Why #}", []),
        ("<p lang='tr'>Merhaba <b>dünya</b></p><p>Hello</p>", ["Hello"]),
        ("<script>let word = 1;</script><svg><title>Word</title></svg>", []),
        ("<br>{{ a }} · {{ b }}<p>x</p>", []),
        ("<span class='material-symbols-outlined'>attach_file</span>", []),
    ],
)
def test_words_that_gettext_does_not_see_are_found(source: str, words: list[str]) -> None:
    assert untranslated(source, "page.html") == words


def test_in_a_text_mail_too() -> None:
    source = (
        "{% translate 'Hello' %}\nSee you soon\n{{ site_url }}/x\nhttps://shop.example/\nRe: {{ x }} [destek #{{ y }}]"
    )
    assert untranslated(source, "mail.txt") == ["See you soon"]


@pytest.mark.parametrize(
    "source",
    [
        "{% load cache storefront %}{% cache 60 'x' %}{% own 'basket_link' %}{% endcache %}",
        "{% load cache %}{% cache 60 'x' %}<form>{% csrf_token %}</form>{% endcache %}",
        "{% load cache %}{% cache 60 'x' %}{% include 'shop/_part.html' %}{% endcache %}",
    ],
)
def test_what_is_one_shoppers_own_must_not_be_kept_for_all(check: Write, source: str) -> None:
    said = check({PAGE: source, "shop/_part.html": "{% load storefront %}{% if x %}{% own 'csrf_field' %}{% endif %}"})
    assert any("within {% cache %}" in line for line in said), said


def test_it_may_stand_beside_what_is_kept(check: Write) -> None:
    source = "{% load cache storefront %}{% own 'csrf_field' %}{% cache 60 'x' %}<p>1</p>{% endcache %}{% csrf_token %}"
    assert check({PAGE: source}) == []
