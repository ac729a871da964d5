"""The text of an HTML body: paragraphs stay paragraphs, lists get bullets, everything else is left out."""

import re
from html.parser import HTMLParser

_BLOCKS = {
    *("p", "div", "section", "article", "ul", "ol", "table", "blockquote", "header", "footer", "figure", "hr"),
    *("h1", "h2", "h3", "h4", "h5", "h6"),
}
_LINES = {"li", "tr", "br", "dt", "dd"}
_UNSEEN = {"script", "style", "template", "noscript", "iframe", "object", "svg", "head", "title"}


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _UNSEEN:
            self.unseen += 1
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag in _LINES:
            self.parts.append("\n• " if tag == "li" else "\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(re.sub(r"\s+", " ", data))


def text_of_html(html: str) -> str:
    """Plain text: it is escaped where it is shown, so no markup of others ever runs in the shop."""
    if "<" not in html and "&" not in html:
        return html.strip()
    parser = _Text()
    parser.feed(html)
    parser.close()
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(parser.parts))
    text = re.sub(r"\n{2,}(?=• )", "\n", re.sub(r"\n{3,}", "\n\n", text))
    return re.sub(r" {2,}", " ", text).strip()
