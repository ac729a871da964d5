"""Templates of others (admin, dashboard, desk), made to fit a policy without 'unsafe-inline' when they are compiled.

Only what stands in the source of a template gets a nonce: what a page is filled with, never. Style attributes and
handlers cannot have one; they wait in data attributes for static/js/borrowed.js. Why: docs/decisions/0016.

Oscar's dashboard is called what our menu calls it: the desk has a "Dashboard", too.
"""

import json
import re
from typing import Any

from django.template import Origin
from django.template.base import tag_re
from django.template.loaders.app_directories import Loader
from django.utils.html import format_html
from django.utils.safestring import SafeString

NONCE = ' nonce="{{ request.csp_nonce }}"'
# In front of every other script; htmx writes a style element, which needs the nonce, too.
HEAD = """<head>{% load static %}<script src="{% static 'js/borrowed.js' %}"></script>
<meta name="htmx-config" content='{"inlineStyleNonce": "{{ request.csp_nonce }}"}'>"""

_ELEMENT = re.compile(r"<(script|style)\b(?![^>]*\bsrc\s*=)(?![^>]*\bnonce\s*=)(?=[\s>])", re.IGNORECASE)
# Not Alpine's `:style`, not `element.style=`, not `data-style`.
_STYLE = re.compile(r"(?<!\S)style=(?=[\"'])", re.IGNORECASE)
_HANDLER = re.compile(r"(?<!\S)on(click|load|error|submit|change)=(?=[\"'])", re.IGNORECASE)
# An editor of HTML for texts that our pages show as plain text, and that lives on inline styles.
_EDITOR = re.compile(r"^.*oscar/js/tinymce/tinymce\.min\.js.*$\n?|\bwysiwyg\b", re.MULTILINE)
# Nobody else is asked for a script: Oscar has jQuery itself.
_JQUERY = re.compile(r"https://ajax\.googleapis\.com/\S+?/jquery\.min\.js")
_MAIL = re.compile(r"email|communication")


class BorrowedLoader(Loader):
    """Finds what app_directories finds."""

    def get_contents(self, origin: Origin) -> str:
        source: str = super().get_contents(origin)
        name = str(origin.template_name)
        if name.startswith("oscar/dashboard/"):
            source = source.replace('{% trans "Dashboard" %}', '{% trans "Shop dashboard" %}')
        return source if _MAIL.search(name) else adapted(source)


def adapted(source: str) -> str:
    """The template with nonces, and without anything inline that cannot have one."""
    source = _EDITOR.sub("", source)
    source = _JQUERY.sub("{% static 'oscar/js/jquery/jquery.min.js' %}", source)
    source = _ELEMENT.sub(lambda found: found.group() + NONCE, source)
    # Every other part is one of Django's tags: {% include … style="x" %} is no attribute.
    parts = tag_re.split(source)
    parts[::2] = [_HANDLER.sub(r"data-on\1=", _STYLE.sub("data-style=", part)) for part in parts[::2]]
    return "".join(parts).replace("<head>", HEAD, 1)


def readable_json(data: Any, encoder: Any) -> SafeString:
    """In the place of unfold's, which colours every word with a style of its own."""
    text = json.dumps(data, sort_keys=True, indent=4, ensure_ascii=False, cls=encoder)
    return format_html('<pre class="whitespace-pre-wrap">{}</pre>', text)
