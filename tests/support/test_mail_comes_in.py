"""Raw messages become tickets, replies, ignored or quarantined ones: once each, none lost."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from helpdesk.models import Ticket

from crm import api as crm
from support import api as support
from support.models import InboundMail, Message, TicketFile
from support.tickets import default_queue
from tests.races import run_at_once
from tests.support.conftest import eml

SENTENCE = "Siparişim gelmedi, İstanbul'dan yazıyorum: ığüşöçİĞÜŞÖÇ"


def receive(raw: bytes, now: Any) -> support.Receipt:
    return support.receive_mail(raw, now=now)


def test_a_new_message_opens_a_ticket_and_is_acknowledged_in_its_thread(db: None, now: Any) -> None:
    receipt = receive(eml(), now)
    assert (receipt.result, receipt.reason) == ("ticket", "")
    context = support.TicketContext.objects.get(ticket_id=receipt.ticket)
    assert (context.channel, context.email, context.language) == ("mail", "guest@example.com", "en")
    mail = crm.OutgoingMail.objects.get()
    assert mail.headers["In-Reply-To"] == "<one@mail.example>"


def test_the_same_message_again_is_a_duplicate_whatever_its_envelope(db: None, now: Any) -> None:
    receive(eml(), now)
    for raw in (eml(), b"Received: from elsewhere\r\n" + eml()):
        assert receive(raw, now) == support.Receipt("ignored", None, "duplicate")
    nameless = eml(message_id="")
    assert receive(nameless, now).result == "ticket"
    assert receive(nameless, now).reason == "duplicate"
    assert Ticket.objects.count() == 2
    assert InboundMail.objects.count() == 2


def test_other_words_under_a_known_message_id_are_kept_for_people_to_see(db: None, now: Any) -> None:
    receive(eml(), now)
    assert receive(eml(body="Something else"), now).reason == "duplicate"
    assert receive(eml(body="Something else"), now).reason == "duplicate"
    assert InboundMail.objects.filter(reason__contains="other content").count() == 1
    assert Ticket.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_four_workers_with_one_message_open_one_ticket(now: Any) -> None:
    default_queue()
    receipts = run_at_once(*[lambda: receive(eml(), now)] * 4)
    assert sorted(receipt.result for receipt in receipts) == ["ignored"] * 3 + ["ticket"]
    assert Ticket.objects.count() == 1
    assert crm.OutgoingMail.objects.count() == 1


# --- Threading -------------------------------------------------------------------------------------------


def test_a_reply_finds_its_ticket_by_the_signed_address(ask: Any, now: Any) -> None:
    ticket = ask()
    address = support.reply_address(ticket.pk)
    for number, line in enumerate(({"to": address}, {"to": address.upper()}, {"Delivered_To": address})):
        raw = eml(message_id=f"<r{number}@mail.example>", subject="Anything", **line)
        assert receive(raw, now) == support.Receipt("reply", ticket.pk, "")
    assert ticket.followup_set.count() == 3


@pytest.mark.parametrize("header", ["In_Reply_To", "References"])
def test_a_reply_finds_its_ticket_by_our_message_id(header: str, ask: Any, now: Any) -> None:
    ticket = ask()
    ours = crm.OutgoingMail.objects.get().message_id
    receipt = receive(eml(subject="Other subject", **{header: f"<x@y.example>\r\n {ours}"}), now)
    assert receipt == support.Receipt("reply", ticket.pk, "")


def test_a_second_mail_of_the_same_person_finds_the_first(db: None, now: Any) -> None:
    first = receive(eml(), now)
    second = receive(eml(message_id="<two@mail.example>", In_Reply_To="<one@mail.example>"), now)
    assert second == support.Receipt("reply", first.ticket, "")


def test_a_stranger_gets_into_nobodys_ticket(ask: Any, now: Any) -> None:
    ticket = ask()
    receive(eml(), now)
    stranger = {"sender": "evil@example.net", "Cc": "evil2@example.net"}
    tries = [
        eml(message_id="<a@x>", subject=f"Re: [destek #{ticket.pk}] hello", **stranger),
        eml(message_id="<b@x>", In_Reply_To="<one@mail.example>", **stranger),
        eml(message_id="<c@x>", to=support.reply_address(ticket.pk).replace("-", "-0", 1), **stranger),
        eml(message_id="<d@x>", to=f"destek+{ticket.pk}-{'0' * 24}@esnaf.example", **stranger),
    ]
    for raw in tries:
        receipt = receive(raw, now)
        assert receipt.result == "ticket" and receipt.ticket != ticket.pk
    assert not ticket.followup_set.exists()
    assert not crm.OutgoingMail.objects.filter(to__contains="evil2").exists()
    assert InboundMail.objects.filter(reason__startswith="maybe related").count() == 2


def test_the_tag_counts_for_who_takes_part(ask: Any, now: Any) -> None:
    ticket = ask()
    assert receive(eml(subject=f"Re: x [destek #{ticket.pk}]"), now) == support.Receipt("reply", ticket.pk, "")


def test_a_reply_reopens_and_shows_only_what_is_new(ask: Any, grace: Any, now: Any) -> None:
    ticket = ask()
    support.resolve_ticket(ticket.pk, text="Done", actor=crm.Actor.staff(grace.pk), now=now)
    body = "Hâlâ gelmedi.\r\n\r\n22 Kas 2026 Paz 10:00 tarihinde Esnaf şunu yazdı:\r\n> Done\r\n> Grace"
    receive(eml(body=body, to=support.reply_address(ticket.pk)), now)
    ticket.refresh_from_db()
    assert ticket.status == ticket.REOPENED_STATUS
    assert ticket.followup_set.get(message__author=Message.Author.CUSTOMER).comment == "Hâlâ gelmedi."
    assert b"> Grace" in bytes(InboundMail.objects.get().raw)


def test_a_reply_from_another_address_says_so(ask: Any, now: Any) -> None:
    ticket = ask()
    receive(eml(sender="work@example.org", to=support.reply_address(ticket.pk)), now)
    assert ticket.followup_set.get().message.other_sender == "work@example.org"
    assert crm.Interaction.objects.get(kind="support.ticket.replied").actor == "system:mail"


# --- Machines --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Auto_Submitted": "auto-replied"}, "auto-reply"),
        ({"X_Auto_Response_Suppress": "All"}, "auto-reply"),
        ({"X_Autoreply": "yes"}, "auto-reply"),
        ({"Precedence": "auto_reply"}, "auto-reply"),
        ({"Precedence": "bulk"}, "bulk"),
        ({"Precedence": "junk"}, "bulk"),
        ({"Precedence": "list"}, "mailing list"),
        ({"List_Id": "<news.example>"}, "mailing list"),
        ({"Return_Path": "<>"}, "bounce"),
        ({"sender": "MAILER-DAEMON@mx.example"}, "bounce"),
        ({"message_id": "<x@esnaf.example>"}, "own mail"),
        ({"sender": "destek@esnaf.example"}, "own mail"),
    ],
)
def test_machines_are_not_answered(headers: dict[str, str], reason: str, db: None, now: Any) -> None:
    assert receive(eml(**headers), now) == support.Receipt("ignored", None, reason)
    assert not Ticket.objects.exists() and not crm.OutgoingMail.objects.exists()
    assert InboundMail.objects.get().reason == reason


def test_a_person_who_says_not_automatic_is_heard(db: None, now: Any) -> None:
    assert receive(eml(Auto_Submitted="no"), now).result == "ticket"


def test_a_machine_without_any_sign_gets_few_receipts(db: None, now: Any) -> None:
    for number in range(6):
        receive(eml(message_id=f"<{number}@x>"), now + timedelta(minutes=number))
    assert Ticket.objects.count() == 6
    assert crm.OutgoingMail.objects.count() == 3


def bounce(message_id: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: destek@esnaf.example\r\nReturn-Path: <>\r\nSubject: Undelivered\r\n"
        "Message-ID: <dsn@mx.example>\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nAction: {action}\r\n"
        f"Status: {status}\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {message_id}\r\nSubject: x\r\n\r\nhello\r\n--b--\r\n"
    ).encode()


def test_a_bounce_tells_the_agent_and_answers_nobody(ask: Any, now: Any) -> None:
    ticket = ask()
    ours = crm.OutgoingMail.objects.get().message_id
    assert receive(bounce(ours), now) == support.Receipt("ignored", ticket.pk, "bounce")
    assert "guest@example.com" in support.TicketContext.objects.get().mail_trouble
    assert ticket.followup_set.get().public is False
    assert crm.OutgoingMail.objects.count() == 1


def test_a_delay_and_a_forged_bounce_tell_nothing(ask: Any, now: Any) -> None:
    ask()
    ours = crm.OutgoingMail.objects.get().message_id
    receive(bounce(ours, action="delayed", status="4.4.1"), now)
    receive(bounce("<" + "0" * 40 + "@esnaf.example>").replace(b"<dsn@", b"<dsn2@"), now)
    assert support.TicketContext.objects.get().mail_trouble == ""


# --- What mails are made of ------------------------------------------------------------------------------


@pytest.mark.parametrize("charset", ["iso-8859-9", "windows-1254", "utf-8", "us-ascii", "nonsense-7", ""])
@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable", "base64"])
def test_turkish_survives_every_charset(charset: str, encoding: str, db: None, now: Any) -> None:
    import base64
    import quopri

    content = SENTENCE.encode(charset if charset in ("iso-8859-9", "windows-1254") else "utf-8")
    packed = {"8bit": content, "quoted-printable": quopri.encodestring(content), "base64": base64.encodebytes(content)}
    kind = f"text/plain; charset={charset}" if charset else "text/plain"
    head = eml(body="", Content_Type=kind, Content_Transfer_Encoding=encoding, subject="Kargo").rstrip()
    receipt = receive(head + b"\r\n\r\n" + packed[encoding], now)
    ticket = Ticket.objects.get(pk=receipt.ticket)
    assert ticket.description == SENTENCE
    assert support.TicketContext.objects.get(ticket=ticket).language == "tr"


def test_raw_eight_bit_headers_are_read(db: None, now: Any) -> None:
    for number, charset in enumerate(("utf-8", "iso-8859-9")):
        raw = (
            f"From: Ayşe Güler <ayse{number}@example.com>\r\nSubject: İade ığş\r\nMessage-ID: <{number}@m>\r\n"
            f"Content-Type: text/plain; charset={charset}\r\n\r\nx"
        ).encode(charset)
        ticket = Ticket.objects.get(pk=receive(raw, now).ticket)
        assert ticket.title == "İade ığş"
        assert ticket.context.customer.name == "Ayşe Güler"


def test_backslashes_stay(db: None, now: Any) -> None:
    ticket = Ticket.objects.get(pk=receive(eml(body="C:\\new\\x41 ş"), now).ticket)
    assert ticket.description == "C:\\new\\x41 ş"


def test_html_only_mail_becomes_words(db: None, now: Any) -> None:
    body = "<html><head><style>p{}</style></head><body><p>Merhaba</p><script>alert(1)</script><p>Nerede?</p></body>"
    ticket = Ticket.objects.get(pk=receive(eml(body=body, Content_Type="text/html; charset=utf-8"), now).ticket)
    assert ticket.description == "Merhaba\n\nNerede?"


def test_files_are_kept_if_they_are_what_they_say(db: None, now: Any) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "g@example.com", "destek@esnaf.example", "Kırık"
    mail.set_content("Bakın")
    mail.add_attachment(b"\x89PNG\r\n\x1a\nxx", maintype="image", subtype="png", filename="fiş.png")
    mail.add_attachment(b"MZ evil", maintype="application", subtype="octet-stream", filename="evil.exe")
    mail.add_attachment(b"MZ evil", maintype="application", subtype="pdf", filename="evil.pdf")
    ticket = Ticket.objects.get(pk=receive(mail.as_bytes(), now).ticket)
    assert list(TicketFile.objects.values_list("name", flat=True)) == ["fiş.png"]
    assert "evil.exe" in ticket.description and "evil.pdf" in ticket.description


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\0\0",
        b"Subject: nobody\r\n\r\nhello",
        b"From: =?utf-8?B?broken\r\n\r\nhello",
        b"no headers at all, just words " * 100,
        bytes(range(256)) * 20,
    ],
)
def test_poison_is_kept_and_blocks_nothing(raw: bytes, db: None, now: Any) -> None:
    receipt = receive(raw, now)
    assert receipt.result == "quarantined" and receipt.reason
    assert bytes(InboundMail.objects.get().raw) == raw
    assert not Ticket.objects.exists() and not crm.OutgoingMail.objects.exists()
    assert receive(raw, now).reason == "duplicate"
    assert receive(eml(), now).result == "ticket"


def test_nul_and_endless_lines_are_taken(db: None, now: Any) -> None:
    raw = eml(subject="a\0b" + "x" * 10_000, body="c\0d" + "y" * 10_000, sender="N\0 <g@example.com>")
    ticket = Ticket.objects.get(pk=receive(raw, now).ticket)
    assert "\0" not in ticket.title + ticket.description
    assert ticket.description.startswith("cdyyy")
