"""Markdown of an article as safe HTML, and as plain words."""

import html
import re

import markdown
import nh3
from django.utils.safestring import SafeString, mark_safe

_TAGS = {
    *("p", "br", "hr", "ul", "ol", "li", "strong", "em", "del", "code", "pre", "blockquote", "a"),
    *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
# Taken away without a space in their place: "**free** ." would read badly.
_EMPHASIS = re.compile(r"[*`~]+")
_BULLETS = re.compile(r"^\s*[-+*]\s+", re.MULTILINE)
_MARKS = re.compile(r"[*_`~>|#]+|!?\[|\]\([^)]*\)")


def as_html(text: str) -> SafeString:
    """Only harmless elements get through: no script, style, form, image or foreign address scheme."""
    rendered = markdown.markdown(
        text, extensions=["sane_lists", "tables", "toc"], extension_configs={"toc": {"baselevel": 2}}
    )
    clean = nh3.clean(
        rendered,
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener nofollow",
    )
    return mark_safe(clean)


def plain_text(text: str) -> str:
    """The words without markup, for searching and for excerpts; not HTML."""
    without_tags = html.unescape(nh3.clean(text, tags=set()))
    words = _EMPHASIS.sub("", _BULLETS.sub("", without_tags))
    return re.sub(r"\s+", " ", _MARKS.sub(" ", words)).strip()


def excerpt(text: str, *, length: int = 160) -> str:
    words = plain_text(text[: length * 4])
    return words if len(words) <= length else words[:length].rsplit(" ", 1)[0] + " …"
