"""The load that the storefront is measured under: what it understands, and what it refuses to count as speed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks import _load
from benchmarks._load import NotServed, Page, load, read_answer

Answered = Callable[[BaseHTTPRequestHandler], tuple[int, str]]


@contextmanager
def server(answered: Answered) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # head and body in one piece

        def do_GET(self) -> None:
            status, text = answered(self)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        served.daemon_threads = True
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield served.server_port
        served.shutdown()


def test_every_page_is_asked_for_with_its_cookies_and_language() -> None:
    asked = set()

    def answered(request: BaseHTTPRequestHandler) -> tuple[int, str]:
        asked.add((request.path, request.headers["Cookie"], request.headers["Accept-Language"]))
        return 200, f"<h1>{request.path}</h1>"

    pages = [Page("/a", "<h1>/a"), Page("/b", "<h1>/b", cookies="basket=1; who=Ada", language="tr")]
    with server(answered) as port:
        speed = load(port, pages, seconds=0, clients=2, least=10)
    assert asked == {("/a", None, "en"), ("/b", "basket=1; who=Ada", "tr")}
    assert speed.answers >= 10
    assert speed.wrong == 0
    assert 0 < speed.p50 <= speed.p95


@pytest.mark.parametrize(
    ("answer", "told"), [((500, "a Cup"), "/cup answered 500"), ((200, "Sorry"), "/cup answered 200: b'Sorry'")]
)
def test_errors_and_other_pages_are_not_speed(answer: tuple[int, str], told: str) -> None:
    with server(lambda _: answer) as port, pytest.raises(NotServed, match=told):
        load(port, [Page("/cup", "a Cup")], seconds=0, clients=2, least=4)


def test_a_rare_wrong_answer_is_counted_apart() -> None:
    seen: list[str] = []

    def answered(request: BaseHTTPRequestHandler) -> tuple[int, str]:
        seen.append(request.path)
        return (503, "") if len(seen) == 50 else (200, "a Cup")

    with server(answered) as port:
        speed = load(port, [Page("/cup", "a Cup")], seconds=0, clients=1, least=200)
    assert (speed.answers, speed.wrong) == (199, 1)


def test_connections_are_made_anew_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_load, "REQUESTS_ON_A_CONNECTION", 5)
    clients = set()

    def answered(request: BaseHTTPRequestHandler) -> tuple[int, str]:
        clients.add(request.client_address)
        return 200, ""

    with server(answered) as port:
        load(port, [Page("/")], seconds=0, clients=1, least=15)
    assert len(clients) == 3


def test_a_server_that_hangs_up_is_no_server() -> None:
    with pytest.raises(NotServed, match="middle of an answer"):
        read_answer(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", is_closed=True)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na\r\nb",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\na\r\r\n2;note\r\n\nb\r\n0\r\n\r\n",
    ],
)
def test_an_answer_comes_in_pieces(data: bytes) -> None:
    assert all(read_answer(data[:end], is_closed=False) is None for end in range(len(data)))
    answer = read_answer(data, is_closed=False)
    assert answer is not None
    assert (answer.status, answer.body, answer.is_last) == (200, b"a\r\nb", False)


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    data = b"HTTP/1.0 200 OK\r\n\r\nall of it"
    assert read_answer(data, is_closed=False) is None
    answer = read_answer(data, is_closed=True)
    assert answer is not None
    assert (answer.body, answer.is_last) == (b"all of it", True)
