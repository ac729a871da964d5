"""What others' templates have inline gets a nonce or waits in a data attribute; nothing else of them changes."""

import re
from pathlib import Path

import pytest
from django.template import Origin, engines
from django.template.loaders.app_directories import get_app_template_dirs

from config.borrowed_templates import BorrowedLoader, adapted, readable_json

SERVED = ("admin/", "unfold/", "registration/", "oscar/dashboard/", "oscar/base.html", "helpdesk/", "oscar/forms/")
# Pages that are closed (support/desk/helpdesk_urls.py) or switched off in the settings.
CLOSED = (
    "helpdesk/checklist",
    "helpdesk/edit_ticket_checklist",
    "helpdesk/include/template_task_form_row",
    "helpdesk/kanban",
    "helpdesk/ticket.html",
)


def served() -> list[tuple[str, str]]:
    """(name, what is compiled) of every template of others that staff may get to see."""
    loader = BorrowedLoader(engines["django"].engine)
    found = []
    for folder in map(Path, get_app_template_dirs("templates")):
        for path in sorted(folder.rglob("*.html")):
            name = path.relative_to(folder).as_posix()
            if name.startswith(SERVED) and not name.startswith(CLOSED) and "email" not in name:
                found.append((name, loader.get_contents(Origin(str(path), name, loader))))
    return found


def test_nothing_inline_is_left_in_what_is_served() -> None:
    templates = served()
    assert len(templates) > 250
    for name, source in templates:
        for tag in re.findall(r"<(?:script|style)\b[^>]*>", source):
            assert "src=" in tag or "nonce=" in tag or "json" in tag, (name, tag)
        outside = re.sub(r"\{[%#{].*?[%#}]\}", "", source, flags=re.DOTALL)
        assert not re.search(r"<[a-z][^>]*\s(?:style|on[a-z]+)=[\"']", outside), name
        assert "javascript:" not in source, name


def test_nobody_else_is_asked_for_a_script() -> None:
    elsewhere = {
        name
        for name, source in served()
        if re.search(r"<script[^>]*src=[\"'](?:https?:)?//", source) and "HELPDESK_USE_CDN" not in source
    }
    assert elsewhere == set()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<script>x()</script>", '<script nonce="{{ request.csp_nonce }}">x()</script>'),
        ('<script\n type="module">', '<script nonce="{{ request.csp_nonce }}"\n type="module">'),
        ('<script src="{% static "a.js" %}">', '<script src="{% static "a.js" %}">'),
        ("<style>a{}</style>", '<style nonce="{{ request.csp_nonce }}">a{}</style>'),
        ('<p class="a" style="color:{{ x }}">', '<p class="a" data-style="color:{{ x }}">'),
        ('<p :style="x" x-bind:style="y">', '<p :style="x" x-bind:style="y">'),
        ('{% include "a.html" with style="b" %}', '{% include "a.html" with style="b" %}'),
        ('<a href="#" onclick="history.go(-1)">', '<a href="#" data-onclick="history.go(-1)">'),
        ("<scripture>", "<scripture>"),
    ],
)
def test_each_kind_of_thing(before: str, after: str) -> None:
    assert adapted(before) == after


def test_the_helper_comes_before_every_other_script() -> None:
    page = adapted("<html><head><title>x</title><script src='a.js'></script></head>")
    assert page.index("borrowed.js") < page.index("a.js")


def test_what_a_page_is_filled_with_gets_no_nonce() -> None:
    template = engines["django"].from_string(adapted("<script>1</script>{{ text|safe }}"))
    assert template.render({"text": "<script>evil()</script>"}).count("nonce=") == 1


def test_json_is_shown_without_a_style_and_as_text() -> None:
    assert readable_json({"ş": "<b>"}, None) == (
        '<pre class="whitespace-pre-wrap">{\n    &quot;ş&quot;: &quot;&lt;b&gt;&quot;\n}</pre>'
    )
