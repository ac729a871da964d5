"""The mail catcher keeps every message it acknowledged, and shows it without being harmed by it."""

import errno
import http.client
import smtplib
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from config import catcher


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def smtp_port(folder: Path) -> Iterator[int]:
    listener = catcher.listener(None, 0)
    server = catcher.MailServer(folder, listener)
    server.start()
    yield int(listener.getsockname()[1])
    server.stop()


@pytest.fixture
def mailbox(folder: Path) -> Iterator[int]:
    listener = catcher.listener(None, 0)
    server = catcher.mailbox(folder, listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield int(listener.getsockname()[1])
    server.shutdown()
    server.server_close()


def get(port: int, path: str, host: str = "") -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Host": host or f"localhost:{port}"})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body, dict(response.headers)


def a_mail(subject: str = "Siparişiniz alındı", rich: str = "<p>Teşekkürler</p>") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "shop@example.com", "ada@example.com"
    mail.set_content("Teşekkürler: http://localhost:8000/tr/track/?a=1&b=2.\n")
    mail.add_alternative(rich, subtype="html")
    return mail


def test_what_is_acknowledged_is_kept_as_it_came(folder: Path, smtp_port: int) -> None:
    raw = b"Subject: x\r\n\r\n\x00\xff .dots\r\n..and more\r\n"
    with smtplib.SMTP("127.0.0.1", smtp_port) as server:
        server.sendmail("shop@example.com", ["ada@example.com", "hidden@example.com"], raw)
    [path] = folder.glob("*.eml")
    head, _, rest = path.read_bytes().partition(b"Subject:")
    assert head == b"X-Envelope-From: shop@example.com\r\nX-Envelope-To: ada@example.com, hidden@example.com\r\n"
    assert b"Subject:" + rest == raw


def test_many_senders_at_once_lose_nothing(folder: Path, smtp_port: int) -> None:
    def send(sender: int) -> None:
        with smtplib.SMTP("127.0.0.1", smtp_port) as server:
            for number in range(25):
                server.send_message(a_mail(f"{sender}-{number}"))

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    subjects = {catcher.parse(path.read_bytes())["Subject"] for path in folder.glob("*.eml")}
    assert subjects == {f"{sender}-{number}" for sender in range(8) for number in range(25)}
    assert len(list(folder.iterdir())) == 200


def test_a_full_disk_asks_the_sender_to_try_again(
    folder: Path, smtp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(catcher, "store", full)
    with smtplib.SMTP("127.0.0.1", smtp_port) as server, pytest.raises(smtplib.SMTPDataError) as refusal:
        server.send_message(a_mail())
    assert refusal.value.smtp_code == 452
    assert list(folder.iterdir()) == []


def test_the_mailbox_lists_the_newest_first_and_shows_one(folder: Path, mailbox: int) -> None:
    assert "Nothing yet" in get(mailbox, "/")[1]
    catcher.store(a_mail("First").as_bytes(), folder)
    newest = catcher.store(a_mail().as_bytes(), folder)
    status, body, _ = get(mailbox, "/")
    assert status == 200
    assert body.index("Siparişiniz alındı") < body.index("First")
    status, body, _ = get(mailbox, f"/mail/{newest.name}")
    assert status == 200
    assert '<a href="http://localhost:8000/tr/track/?a=1&amp;b=2">' in body
    assert get(mailbox, f"/mail/{newest.name}/html")[1] == '<base target="_blank"><p>Teşekkürler</p>\n'


def test_a_hostile_mail_can_do_nothing(folder: Path, mailbox: int) -> None:
    script = "<script>alert(1)</script>"
    path = catcher.store(a_mail(f"Hi {script}", script).as_bytes(), folder)
    for address in ("/", f"/mail/{path.name}"):
        _, body, headers = get(mailbox, address)
        assert script not in body
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "sandbox=" in get(mailbox, f"/mail/{path.name}")[1]
    rules = get(mailbox, f"/mail/{path.name}/html")[2]["Content-Security-Policy"]
    assert rules.startswith("sandbox")
    assert "allow-scripts" not in rules
    assert get(mailbox, f"/mail/{path.name}/raw")[2]["Content-Type"].startswith("text/plain")


BROKEN = [b"", b"\xff\xfe\x00", b"Content-Type: text/plain; charset=nonsense\r\n\r\nx", b"Subject: =?nope?q?=\r\n\r\n"]


@pytest.mark.parametrize("raw", BROKEN)
def test_a_broken_mail_is_still_shown(raw: bytes, folder: Path, mailbox: int) -> None:
    path = catcher.store(raw, folder)
    assert [get(mailbox, address)[0] for address in ("/", f"/mail/{path.name}", f"/mail/{path.name}/html")] == [200] * 3


@pytest.mark.parametrize("path", ["/mail/../../etc/passwd", "/mail/%2e%2e%2fsecret", "/mail/x.eml", "/nothing"])
def test_no_other_file_is_shown(path: str, mailbox: int) -> None:
    assert get(mailbox, path)[0] == 404


def test_a_foreign_name_is_turned_away(mailbox: int) -> None:
    assert get(mailbox, "/", host="evil.example")[0] == 403
