"""The words of an HTML mail, and what of a reply is new."""

import re
from html.parser import HTMLParser

_HIDDEN = {"script", "style", "head", "title", "template", "noscript"}
_BREAKS = {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "hr", "pre", "ul", "ol"}


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.hidden = 0
        self.quotes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self.hidden += tag != "head"
        elif tag == "body":
            self.hidden = 0
        elif tag == "blockquote":
            self.quotes += 1
            self.pieces.append("\n")
        elif tag in _BREAKS:
            self.pieces.append("\n• " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self.hidden = max(0, self.hidden - (tag != "head"))
        elif tag == "blockquote":
            self.quotes = max(0, self.quotes - 1)
            self.pieces.append("\n")
        elif tag in ("p", "div", "tr", "table", "h1", "h2", "h3"):
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            words = re.sub(r"\s+", " ", data)
            self.pieces.append(f"\n> {words}" if self.quotes and words.strip() else words)


def text_of_html(html: str) -> str:
    """Plain text of an HTML mail; quotes get the > that plain mails have."""
    words = _Words()
    try:
        words.feed(html)
        words.close()
    except (AssertionError, ValueError):
        # A malformed declaration ("<![bogus"): what was read so far and the rest without its tags.
        words.pieces.append(re.sub(r"<[^>]{0,2000}>", " ", html))
    lines = [" ".join(line.split()) for line in "".join(words.pieces).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


# The line above a quote, as mail programs write it in Turkish, English and German.
_INTRODUCTIONS = (
    re.compile(r"^(?:on|am)\b.{0,200}\b(?:wrote|schrieb)\b.{0,100}:$", re.IGNORECASE),
    re.compile(r"^.{0,200}(?:tarihinde|şunu yazdı|şöyle yazdı|yazdı:).{0,120}:$", re.IGNORECASE),
    re.compile(r"^-{2,}\s*(?:original message|orijinal (?:mesaj|ileti)|özgün ileti|ursprüngliche nachricht).*$", re.I),
    re.compile(r"^_{10,}$"),
)
_OUTLOOK_HEADER = re.compile(r"^(?:from|kimden|gönderen|von):\s.+$", re.IGNORECASE)
_OUTLOOK_SECOND = re.compile(
    r"^(?:sent|date|to|gönderilme tarihi|gönderildi|tarih|kime|gesendet|an):\s.+$", re.IGNORECASE
)


def without_quotes(text: str) -> str:
    """What a reply adds. If nothing but quotes would be left, the whole text."""
    lines = text.splitlines()
    kept = lines[: _start_of_quote(lines)]
    while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith(">")):
        kept.pop()
    new = "\n".join(line for line in kept if not line.startswith(">")).strip()
    return new or text.strip()


def _start_of_quote(lines: list[str]) -> int:
    for number, line in enumerate(lines):
        bare = line.strip()
        # An introduction may be broken over two lines.
        joined = f"{bare} {lines[number + 1].strip()}" if number + 1 < len(lines) else bare
        if any(pattern.match(bare) for pattern in _INTRODUCTIONS):
            return number
        if any(pattern.match(joined) for pattern in _INTRODUCTIONS[:2]) and bare and not bare.startswith(">"):
            return number
        if _OUTLOOK_HEADER.match(bare) and any(
            _OUTLOOK_SECOND.match(next_.strip()) for next_ in lines[number + 1 : number + 4]
        ):
            return number
    return len(lines)
