"""A mail from its bytes: tolerant of everything that thirty years of mail programs have produced.

The parser runs with the compat32 policy on purpose: it hands headers over as they came, where the modern policy
raises on malformed ones (Content-Type, addresses, dates). Decoding them is done here, on bytes.
"""

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import HeaderParseError, MissingHeaderBodySeparatorDefect
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

from crm import api as crm
from support.mail_in.markup import text_of_html

MAX_PARTS = 200
# As browsers do it (WHATWG): what calls itself Latin is the Windows set of that name.
_ALIASES = {
    "iso-8859-9": "cp1254",
    "latin5": "cp1254",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "unicode-1-1-utf-7": "utf-7",
}
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,480}>")
_HEADER_LINE = re.compile(rb"[!-9;-~]{1,80}:")
_MESSAGE_ID_LINE = re.compile(rb"^message-id:[ \t\r\n]*([^\r\n]{1,600})", re.IGNORECASE | re.MULTILINE)


class Unreadable(ValueError):
    """A message that cannot be handled; the text says why."""


@dataclass(frozen=True)
class Part:
    """A file in a mail: its bytes as they were before they were packed."""

    name: str
    content: bytes


@dataclass(frozen=True)
class ParsedMail:
    message: Message
    message_id: str
    sender: str
    sender_name: str
    subject: str
    text: str
    parts: tuple[Part, ...]

    def header(self, name: str) -> str:
        """A header on one line, decoded; "" if there is none."""
        return header_text(self.message, name)

    def headers(self, name: str) -> list[str]:
        """All lines of that header."""
        return [decode_value(value) for key, value in self.message.raw_items() if key.lower() == name.lower()]

    def ids_in(self, *names: str) -> list[str]:
        """Message-IDs in those headers, the closest relation first."""
        ids: list[str] = []
        for name in names:
            for value in self.headers(name):
                ids += reversed(_MESSAGE_ID.findall(value))
        return list(dict.fromkeys(ids))


def message_id_in(raw: bytes) -> str:
    """The Message-ID, read without parsing anything else, so that poison has one too; "" if there is none."""
    head = re.split(rb"\r?\n\r?\n", raw[:262_144], maxsplit=1)[0]
    found = _MESSAGE_ID_LINE.search(head)
    if not found:
        return ""
    value = found[1].decode("latin-1").strip()
    bracketed = _MESSAGE_ID.search(value)
    if bracketed:
        return bracketed[0]
    plain = re.sub(r"[^\x21-\x7e]", "", value)[:480]
    return f"<{plain}>" if plain else ""


def parse_mail(raw: bytes) -> ParsedMail:
    """`sender` is empty where nobody can be made out.

    :raises Unreadable: if there is nothing in it
    """
    if not raw.strip():
        raise Unreadable("empty file")
    raw = re.sub(rb"\AFrom [^\r\n]*\r?\n", b"", raw.lstrip(b"\r\n\xef\xbb\xbf"))
    message = _message_of(raw)
    sender_name, sender = _sender_of(message)
    texts, parts = _contents(message)
    return ParsedMail(
        message=message,
        message_id=message_id_in(raw),
        sender=sender,
        sender_name=sender_name,
        subject=header_text(message, "Subject", hint=_first_charset(message))[:300],
        text=crm.clean_text("\n\n".join(text for text in texts if text.strip())),
        parts=tuple(parts),
    )


def _message_of(raw: bytes) -> Message:
    message = message_from_bytes(raw, policy=policy.compat32)
    is_cut = any(isinstance(defect, MissingHeaderBodySeparatorDefect) for defect in message.defects)
    if is_cut and not (message["From"] and message["Subject"]):
        # A long header lost its indentation on the way: the parser took what followed for the body.
        message = message_from_bytes(_indented(raw), policy=policy.compat32)
    return message


def _indented(raw: bytes) -> bytes:
    head, *rest = re.split(rb"(\r?\n\r?\n)", raw, maxsplit=1)
    lines = head.splitlines()
    while lines and not _HEADER_LINE.match(lines[0]):
        lines.pop(0)
    kept = [line if _HEADER_LINE.match(line) or line[:1] in (b" ", b"\t") else b" " + line for line in lines]
    return b"\n".join(kept) + b"".join(rest)


# --- Headers ---------------------------------------------------------------------------------------------


def header_text(message: Message, name: str, *, hint: str = "") -> str:
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            return decode_value(value, hint=hint)
    return ""


def decode_value(value: object, *, hint: str = "") -> str:
    """A raw header value: unfolded, 8-bit bytes and encoded words decoded, whatever they claim to be."""
    text = " ".join(str(value).splitlines())
    if any(0xDC80 <= ord(letter) <= 0xDCFF for letter in text):
        text = decode_bytes(text.encode("utf-8", "surrogateescape"), hint)
    if "=?" not in text:
        return crm.clean_line(text)
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError):
        return crm.clean_line(text)
    return crm.clean_line(
        "".join(piece if isinstance(piece, str) else decode_bytes(piece, charset or "") for piece, charset in pieces)
    )


def _sender_of(message: Message) -> tuple[str, str]:
    for name in ("From", "Reply-To", "Sender", "Return-Path"):
        for key, value in message.raw_items():
            if key.lower() != name.lower():
                continue
            raw_line = " ".join(str(value).splitlines())
            for display, address in [*getaddresses([raw_line]), *_loose_addresses(raw_line)]:
                address = crm.clean_line(decode_value(address)).strip("<>\"' ").lower()
                if re.fullmatch(r"[^@\s<>\",;:()]{1,64}@[^@\s<>\",;:()]{1,185}", address):
                    return decode_value(display)[:200], address
    return "", ""


def _loose_addresses(line: str) -> list[tuple[str, str]]:
    """What looks like an address in a line that keeps no rule."""
    return [("", found) for found in re.findall(r"[^\s<>\",;:()\[\]]+@[^\s<>\",;:()\[\]]+", decode_value(line))]


# --- Bodies ----------------------------------------------------------------------------------------------


def decode_bytes(content: bytes, charset: str) -> str:
    """Text of bytes that claim to be in `charset`; a wrong or unknown claim costs as few letters as can be."""
    charset = charset.strip("\"' ").lower()
    for candidate in (_ALIASES.get(charset, charset), "utf-8", "cp1254"):
        try:
            if candidate and codecs.lookup(candidate)._is_text_encoding:
                return content.decode(candidate)
        except (LookupError, UnicodeError, ValueError):
            continue
    return content.decode("cp1254", "replace")


def _contents(message: Message) -> tuple[list[str], list[Part]]:
    texts: list[str] = []
    parts: list[Part] = []
    for part in _leaves(message):
        kind = _kind_of(part)
        name = _file_name(part)
        is_attached = _disposition_of(part) == "attachment" or (bool(name) and kind not in ("text/plain", "text/html"))
        if kind == "message/rfc822":
            parts.append(Part(name or "message.eml", _attached_message(part)))
        elif is_attached or not kind.startswith("text/"):
            content = _payload(part)
            if content:
                parts.append(Part(name or f"file.{_ending_of(kind)}", content))
        elif kind == "text/html":
            texts.append(text_of_html(decode_bytes(_payload(part), _charset_of(part))))
        else:
            texts.append(decode_bytes(_payload(part), _charset_of(part)))
    return texts, parts


def _leaves(message: Message, depth: int = 0) -> Iterator[Message]:
    """The parts to read: of alternatives the plain text, if it says anything; attached messages stay closed."""
    children = message.get_payload() if message.is_multipart() else None
    kind = _kind_of(message)
    if not isinstance(children, list) or kind == "message/rfc822" or depth > 20:
        yield message
        return
    inner = [child for child in children if isinstance(child, Message)][:MAX_PARTS]
    if kind == "multipart/alternative":
        plain = [child for child in inner if _kind_of(child) == "text/plain" and _payload(child).strip()]
        if plain:
            yield plain[0]
            inner = [child for child in inner if not _kind_of(child).startswith("text/")]
            for child in inner:
                yield from (leaf for leaf in _leaves(child, depth + 1) if not _kind_of(leaf).startswith("text/"))
            return
    for child in inner:
        yield from _leaves(child, depth + 1)


def _kind_of(part: Message) -> str:
    return part.get_content_type().lower()


def _parameter(part: Message, name: str, header: str) -> str:
    try:
        value = part.get_param(name, "", header)
    except (ValueError, TypeError, IndexError, LookupError):
        return ""
    if isinstance(value, tuple):
        charset, _, encoded = value
        return decode_bytes(encoded.encode("latin-1", "replace"), charset or "utf-8")
    return decode_value(value or "")


def _charset_of(part: Message) -> str:
    return _parameter(part, "charset", "content-type")


def _first_charset(message: Message) -> str:
    """What raw 8-bit headers are most likely in."""
    return next((charset for part in message.walk() if (charset := _charset_of(part))), "")


def _file_name(part: Message) -> str:
    return crm.clean_line(
        _parameter(part, "filename", "content-disposition") or _parameter(part, "name", "content-type")
    )


def _disposition_of(part: Message) -> str:
    return header_text(part, "Content-Disposition").split(";")[0].strip().lower()


def _payload(part: Message) -> bytes:
    if isinstance(part.get_payload(), list):
        return b"\n".join(_attached_bytes(child) for child in part.get_payload() if isinstance(child, Message))
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        content = str(part.get_payload()).encode("utf-8", "replace")
    return content if isinstance(content, bytes) else b""


def _attached_message(part: Message) -> bytes:
    children = part.get_payload()
    if isinstance(children, list) and children and isinstance(children[0], Message):
        return _attached_bytes(children[0])
    return _payload(part)


def _attached_bytes(message: Message) -> bytes:
    try:
        return message.as_bytes(policy=policy.compat32)
    except (ValueError, LookupError, AttributeError, TypeError):
        return str(message.get_payload()).encode("utf-8", "replace")


def _ending_of(kind: str) -> str:
    known = {"image/jpeg": "jpg", "text/plain": "txt", "text/calendar": "ics", "application/pdf": "pdf"}
    return known.get(kind) or re.sub(r"[^a-z0-9]", "", kind.rpartition("/")[2])[:12] or "bin"


def body_of(raw: bytes) -> bytes:
    """What stands below the headers, which differ from one delivery of a message to the next."""
    pieces = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)
    return b"\n".join(pieces[1].split()) if len(pieces) > 1 else b""


def checksum(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
