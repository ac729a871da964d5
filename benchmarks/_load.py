"""Many browsers at once, as cheaply as Python can play them: one thread, one loop, connections that are kept.

Only to a server of ours on 127.0.0.1. An answer counts only if it is a 200 with the text on it that the page must
have: a server that fails fast is not a fast one.
"""

import random
import selectors
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle

CLIENTS = 8
# Kept connections are spread over the workers by chance; anew now and then, so that no round has one unlucky spread.
REQUESTS_ON_A_CONNECTION = 50
PATIENCE = 120.0  # seconds without any answer
PIECE = 1 << 18
WRONG_SHARE = 0.01


class NotServed(RuntimeError):
    """The server does not answer as it must; the text says to what, and how."""


@dataclass(frozen=True)
class Page:
    """What is asked for, and what has to stand in the answer."""

    path: str
    marker: str = ""
    cookies: str = ""
    language: str = "en"

    def request(self, port: int) -> bytes:
        lines = [
            f"GET {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Accept-Language: {self.language}",
            *([f"Cookie: {self.cookies}"] if self.cookies else []),
        ]
        return "\r\n".join([*lines, "", ""]).encode()


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    is_last: bool  # the server closes the connection behind it


@dataclass(frozen=True)
class Speed:
    """What a round came to: right answers a second, and how long one took in milliseconds."""

    per_second: float
    p50: float
    p95: float
    answers: int
    wrong: int


@dataclass
class _Client:
    port: int
    connection: socket.socket = field(init=False)
    answer: bytes = b""
    sent_at: float = 0.0
    left: int = 0  # requests before it connects anew
    page: int = 0

    def connect(self, selector: selectors.BaseSelector) -> None:
        # No look-up of the address, no time-outs (which ask the socket before each use): what the load costs is taken
        # from the server's share of the machine.
        self.connection = socket.socket()
        self.connection.connect(("127.0.0.1", self.port))
        self.left = REQUESTS_ON_A_CONNECTION
        selector.register(self.connection, selectors.EVENT_READ, self)

    def close(self, selector: selectors.BaseSelector) -> None:
        selector.unregister(self.connection)
        self.connection.close()

    def send(self, page: int, request: bytes) -> None:
        self.page, self.left = page, self.left - 1
        self.answer = b""
        self.sent_at = time.perf_counter()
        self.connection.sendall(request)


def load(port: int, pages: Sequence[Page], *, seconds: float, clients: int = CLIENTS, least: int = 0) -> Speed:
    """Ask for the pages in turns from so many clients at once, for so long and for at least so many answers.

    What is asked for in time is waited for, and the time until the last answer counts.

    :raises NotServed: if nothing comes for too long, or if more than one answer of a hundred is wrong
    """
    requests = [page.request(port) for page in pages]
    markers = [page.marker.encode() for page in pages]
    order = _order(len(pages))
    took: list[float] = []
    wrong: list[str] = []
    with selectors.PollSelector() as selector:
        players = [_Client(port) for _ in range(clients)]
        for player in players:
            player.connect(selector)
        began = ended = time.perf_counter()
        for player in players:
            player.send(number := next(order), requests[number])
        busy = clients
        while busy:
            ready = selector.select(timeout=PATIENCE)
            if not ready:
                raise NotServed(f"no answer within {PATIENCE:.0f} seconds")
            for key, _ in ready:
                player = key.data
                answer = _receive(player)
                if answer is None:
                    continue
                ended = time.perf_counter()
                if answer.status == 200 and markers[player.page] in answer.body:
                    took.append(ended - player.sent_at)
                else:
                    wrong.append(f"{pages[player.page].path} answered {answer.status}: {answer.body[:300]!r}")
                is_over = ended - began >= seconds and len(took) + len(wrong) >= least
                if is_over or answer.is_last or not player.left:
                    player.close(selector)
                    if is_over:
                        busy -= 1
                        continue
                    player.connect(selector)
                player.send(number := next(order), requests[number])
    if not took or len(wrong) > WRONG_SHARE * (len(took) + len(wrong)):
        raise NotServed(f"{len(wrong)} of {len(took) + len(wrong)} answers were wrong. {wrong[0]}")
    return _speed(took, len(wrong), ended - began)


def _order(pages: int) -> Iterator[int]:
    numbers = list(range(pages))
    random.Random(pages).shuffle(numbers)
    return cycle(numbers)


def _speed(took: list[float], wrong: int, seconds: float) -> Speed:
    cuts = statistics.quantiles(took, n=20, method="inclusive") if len(took) > 1 else took * 19
    return Speed(len(took) / seconds, statistics.median(took) * 1000, cuts[18] * 1000, len(took), wrong)


def _receive(client: _Client) -> Answer | None:
    """The answer, when all of it is here."""
    piece = client.connection.recv(PIECE)
    client.answer += piece
    if not piece and not client.answer:
        raise NotServed("the server closed a connection instead of answering")
    return read_answer(client.answer, is_closed=not piece)


def read_answer(data: bytes, *, is_closed: bool) -> Answer | None:
    """An HTTP/1.1 answer out of what has come so far; None while something is missing.

    :raises NotServed: if the connection is closed in the middle of it
    """
    head_end = data.find(b"\r\n\r\n")
    body: bytes | None = None
    if head_end >= 0:
        head = data[:head_end].lower()
        start = head_end + 4
        if b"\r\ntransfer-encoding: chunked" in head:
            body = _joined_chunks(data, start)
        elif (place := head.find(b"\r\ncontent-length:")) >= 0:
            length = int(head[place + 17 :].split(b"\r\n", 1)[0])
            body = data[start : start + length] if len(data) >= start + length else None
        elif is_closed:
            body = data[start:]
        if body is not None:
            return Answer(int(head[9:12]), body, is_closed or b"\r\nconnection: close" in head)
    if is_closed:
        raise NotServed("the server closed a connection in the middle of an answer")
    return None


def _joined_chunks(data: bytes, start: int) -> bytes | None:
    parts: list[bytes] = []
    while (line_end := data.find(b"\r\n", start)) >= 0:
        size = int(data[start:line_end].split(b";")[0], 16)
        if not size:
            return b"".join(parts) if data.find(b"\r\n", line_end + 2) >= 0 else None
        parts.append(data[line_end + 2 : line_end + 2 + size])
        start = line_end + 2 + size + 2
    return None
