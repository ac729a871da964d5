"""Text from outside, made fit for the database and for a page."""

import re

# NUL is refused by Postgres, lone surrogates by UTF-8; the other control characters only confuse.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
MAX_TEXT = 200_000


def clean_text(text: str) -> str:
    """Without control characters, with plain line ends, cut at MAX_TEXT."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.encode("utf-8", "replace").decode("utf-8")
    return _CONTROL.sub("", text).strip()[:MAX_TEXT]


def clean_line(text: str) -> str:
    """The same on one line."""
    return " ".join(clean_text(text).split())
