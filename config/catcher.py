"""A mail server for development: keeps every message it gets as a file and shows them on a page; sends nothing on.

`python -m config.catcher --smtp-port 1025 --http-port 8025`. Both listen on 127.0.0.1 only. `make up` hands it sockets
that listen already (`--smtp-fd`, `--http-fd`) and outlive it. A message is acknowledged when it is safely on the disk:
the shop's promise to lose no mail would be worth little if its own catcher lost some.
"""

import argparse
import asyncio
import contextlib
import functools
import html
import itertools
import os
import re
import signal
import socket
import threading
from collections.abc import Awaitable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config.services import var_dir

HOST = "127.0.0.1"
SIZE_LIMIT = 32 * 1024 * 1024  # bytes of one message
STARTS_WITHIN = 60.0  # seconds; aiosmtpd's own 5 are too few for a busy machine
SHOWN = 200  # messages on the page
_FILE = re.compile(r"[0-9TZ.]+-[0-9]+\.eml")
_LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)]")
_counter = itertools.count(1)


# --- taking mail ------------------------------------------------------------------------------------------------------


def store(raw: bytes, folder: Path) -> Path:
    """Write the message so that it is there whole, also after a power cut, or not at all. Raises OSError."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{next(_counter):06}.eml"
    draft = folder / f".{name}"
    with draft.open("xb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / name)
    entry = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)
    return folder / name


class Catcher:
    """What aiosmtpd calls for each message."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Store the message, under two lines that say what the envelope said; ask for a retry if that fails."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        said = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        try:
            store(said.encode("utf-8", "surrogateescape") + raw, self.folder)
        except OSError as error:
            return f"452 Not stored: {error.strerror}"
        return "250 Stored"


class MailServer(Controller):
    """aiosmtpd's server, on a socket that listens already."""

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        host, port = listener.getsockname()
        super().__init__(
            Catcher(folder),
            hostname=host,
            port=port,
            ready_timeout=STARTS_WITHIN,
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
        )
        self.listener = listener

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self.listener)


# --- showing it -------------------------------------------------------------------------------------------------------

STYLE = """
:root{color-scheme:light dark;--ink:#2b2622;--soft:#7a6f66;--paper:#fbf8f4;--card:#fff;--line:#e8e0d6;--accent:#a8442a}
@media(prefers-color-scheme:dark){
:root{--ink:#eee6dd;--soft:#a89c90;--paper:#1d1a18;--card:#282421;--line:#3b3530;--accent:#e58a6c}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1rem}h1{font-size:1.5rem;margin:0 0 .25rem}p{margin:.25rem 0 1rem}
small,.soft{color:var(--soft)}a{color:var(--accent)}
ul{list-style:none;margin:0;padding:0;background:var(--card);border:1px solid var(--line);border-radius:.75rem}
li+li{border-top:1px solid var(--line)}li a{display:grid;grid-template-columns:1fr auto;gap:0 1rem;padding:.75rem 1rem;
color:inherit;text-decoration:none}li a:hover{background:var(--paper)}li strong{overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:1rem 0}dt{color:var(--soft)}dd{margin:0;
overflow-wrap:anywhere}pre,iframe{width:100%;background:var(--card);border:1px solid var(--line);border-radius:.75rem}
pre{padding:1rem;white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}iframe{height:42rem;background:#fff}
h2{font-size:1rem;margin:1.5rem 0 .5rem}
"""


def page(title: str, body: str, *, refresh: bool = False) -> str:
    """A whole page around a body that is safe already."""
    again = '<meta http-equiv="refresh" content="5">' if refresh else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>{again}'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )


def list_page(folder: Path) -> str:
    """The newest messages, newest first."""
    names = mail_names(folder)
    rows = "".join(_row(folder / name) for name in names[:SHOWN])
    older = f"<p class='soft'>Older ones are in {html.escape(str(folder))}.</p>" if len(names) > SHOWN else ""
    empty = "<p>Nothing yet. Order something, ask something: what the shop mails arrives here.</p>"
    intro = f"<h1>Mailbox</h1><p class='soft'>{len(names)} caught; none has left this machine.</p>"
    return page("Mailbox", intro + (f"<ul>{rows}</ul>{older}" if rows else empty), refresh=True)


def _row(path: Path) -> str:
    subject, sent_to, when = _summary(path)
    return (
        f'<li><a href="/mail/{path.name}"><strong>{html.escape(subject)}</strong><small>{when}</small>'
        f"<small>{html.escape(sent_to)}</small></a></li>"
    )


@functools.lru_cache(maxsize=2 * SHOWN)
def _summary(path: Path) -> tuple[str, str, str]:
    """Subject, receivers and time; a stored message never changes."""
    message = parse(path.read_bytes())
    caught = datetime.strptime(path.name.partition("-")[0], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC).astimezone()
    return header(message, "Subject") or "(no subject)", header(message, "X-Envelope-To"), f"{caught:%d.%m. %H:%M:%S}"


def mail_page(path: Path) -> str:
    """One message: its headers, its text, its HTML in a frame that may do nothing, its attachments by name."""
    message = parse(path.read_bytes())
    names = ("From", "To", "Reply-To", "Date", "Message-ID", "X-Envelope-To")
    facts = "".join(
        f"<dt>{name}</dt><dd>{html.escape(header(message, name))}</dd>" for name in names if header(message, name)
    )
    parts = [f"<p><a href='/'>Mailbox</a></p><h1>{html.escape(header(message, 'Subject') or '(no subject)')}</h1>"]
    parts.append(f"<dl>{facts}</dl>")
    if (rich := body_of(message, "html")) is not None:
        sandbox = "allow-popups allow-popups-to-escape-sandbox"
        parts.append(f'<h2>HTML</h2><iframe title="HTML" sandbox="{sandbox}" src="/mail/{path.name}/html"></iframe>')
    if (plain := body_of(message, "plain")) is not None or rich is None:
        parts.append(f"<h2>Text</h2><pre>{with_links(plain or '')}</pre>")
    attached = ", ".join(html.escape(part.get_filename() or part.get_content_type()) for part in attachments(message))
    parts.append(f"<h2>Attached</h2><p>{attached}</p>" if attached else "")
    parts.append(f'<p><a href="/mail/{path.name}/raw">As it arrived</a></p>')
    return page(header(message, "Subject") or "(no subject)", "".join(parts))


def mail_names(folder: Path) -> list[str]:
    """The stored messages, newest first."""
    return sorted((entry.name for entry in folder.iterdir() if _FILE.fullmatch(entry.name)), reverse=True)


def parse(raw: bytes) -> EmailMessage:
    """The message as Python's modern parser reads it; bad ones come out with defects, not with an error."""
    return message_from_bytes(raw, _class=EmailMessage, policy=policy.default)


def header(message: EmailMessage, name: str) -> str:
    """A header as text; empty where it is absent or beyond reading."""
    with contextlib.suppress(ValueError, IndexError, AttributeError, TypeError, LookupError):
        return str(message.get(name, ""))
    return "(unreadable)"


def body_of(message: EmailMessage, kind: str) -> str | None:
    """The `plain` or `html` body, None without one."""
    with contextlib.suppress(LookupError, ValueError, AttributeError, KeyError):
        part = message.get_body((kind,))
        if isinstance(part, MIMEPart):
            return str(part.get_content())
    return None


def attachments(message: EmailMessage) -> list[MIMEPart]:
    """The parts that are neither of the bodies; none where the message is beyond reading."""
    with contextlib.suppress(LookupError, ValueError, AttributeError, KeyError, TypeError):
        return [part for part in message.iter_attachments() if isinstance(part, MIMEPart)]
    return []


def with_links(text: str) -> str:
    """The text escaped, its web addresses made links."""
    out, end = [], 0
    for found in _LINK.finditer(text):
        address = html.escape(found.group())
        out += [html.escape(text[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    return "".join([*out, html.escape(text[end:])])


class Mailbox(BaseHTTPRequestHandler):
    """The page; read-only, for this machine's browsers."""

    folder: ClassVar[Path]
    CHROME = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; base-uri 'none'"
    # A mail's own HTML: no scripts, no forms, nothing loaded from anywhere; links open in a tab of their own.
    MAIL = (
        "sandbox allow-popups allow-popups-to-escape-sandbox; "
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
    )

    def do_GET(self) -> None:
        """Answer one of the four addresses: the list, a mail, its HTML, its source."""
        if (self.headers.get("Host") or "").rpartition(":")[0] not in {HOST, "localhost"}:
            self.send_error(HTTPStatus.FORBIDDEN)  # a foreign page that has its name resolve to us
            return
        parts = unquote(urlsplit(self.path).path).strip("/").split("/")
        if parts == [""]:
            self._send(list_page(self.folder).encode(), "text/html", self.CHROME)
        elif parts[0] == "mail" and len(parts) in {2, 3} and _FILE.fullmatch(parts[1]):
            self._send_mail(self.folder / parts[1], parts[2:])
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _send_mail(self, path: Path, view: list[str]) -> None:
        if not path.is_file() or view not in ([], ["html"], ["raw"]):
            self.send_error(HTTPStatus.NOT_FOUND)
        elif view == ["raw"]:
            self._send(path.read_bytes(), "text/plain", self.CHROME)
        elif view == ["html"]:
            rich = body_of(parse(path.read_bytes()), "html") or ""
            self._send(f'<base target="_blank">{rich}'.encode("utf-8", "replace"), "text/html", self.MAIL)
        else:
            self._send(mail_page(path).encode("utf-8", "replace"), "text/html", self.CHROME)

    def _send(self, body: bytes, kind: str, rules: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", rules)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the list asks again every few seconds."""


def mailbox(folder: Path, listener: socket.socket) -> ThreadingHTTPServer:
    """The server of the page, on a socket that listens already; not yet serving."""
    handler = type("MailboxOf", (Mailbox,), {"folder": folder})
    server = ThreadingHTTPServer(listener.getsockname(), handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    return server


def listener(number: int | None, port: int) -> socket.socket:
    """The listening socket that we were started with, or one of our own on the port. Raises OSError."""
    return socket.create_server((HOST, port)) if number is None else socket.socket(fileno=number)


def main() -> None:
    """Run both until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m config.catcher", description="Keeps mail instead of sending it.")
    parser.add_argument("--smtp-port", type=int, default=1025)
    parser.add_argument("--http-port", type=int, default=8025)
    parser.add_argument("--smtp-fd", type=int, metavar="N", help="an open file that listens already, instead of a port")
    parser.add_argument("--http-fd", type=int, metavar="N", help="the same for the page")
    options = parser.parse_args()
    folder = var_dir() / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    over = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: over.set())
    taking, showing = listener(options.smtp_fd, options.smtp_port), listener(options.http_fd, options.http_port)
    mails, web = MailServer(folder, taking), mailbox(folder, showing)
    addresses = [f"{HOST}:{each.getsockname()[1]}" for each in (taking, showing)]
    mails.start()
    threading.Thread(target=web.serve_forever, daemon=True).start()
    print(f"smtp://{addresses[0]} → {folder}, shown on http://{addresses[1]}/", flush=True)
    over.wait()
    web.shutdown()
    mails.stop()


if __name__ == "__main__":
    main()
