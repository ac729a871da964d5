"""A small threaded HTTP(S) server that remembers what it was asked, and that can be told to have a bad day."""

import json
import ssl
import threading
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

# A certificate of 127.0.0.1 and its key, made for these tests alone: it protects nothing, and none of ours trusts it
# outside a test. `openssl req -x509 -newkey rsa:2048 -nodes -days 36500 -subj /CN=127.0.0.1
# -addext subjectAltName=IP:127.0.0.1 -keyout key -out certificate`
CERTIFICATE = Path(__file__).with_name("localhost.pem")

# What may go wrong with one request. "dropped" is the nasty one: the work is done, and the answer never comes.
Fault = Literal["hangs", "refused", "dropped", "error", "garbage"]


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    headers: dict[str, str]
    body: str


class FakeServer:
    """Whoever inherits says in `answer` what is answered: a status and what becomes JSON."""

    def __init__(self, *, is_https: bool = False) -> None:
        self.calls: list[Call] = []
        self.lock = threading.RLock()
        self._faults: deque[tuple[str, Fault | None]] = deque()
        self._is_closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if is_https:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def break_down(self, fault: Fault, *, times: int = 1, at: str = "", after: int = 0) -> None:
        """The next requests go wrong; `at`: those whose method and path begin like this, "POST /v1/refunds".

        `after`: so many of them are answered before.
        """
        self._faults.extend([(at, None)] * after + [(at, fault)] * times)

    def recover(self) -> None:
        self._faults.clear()

    def asked(self, path: str) -> int:
        """How often something at a path that begins like this was asked for."""
        return sum(call.path.startswith(path) for call in self.calls)

    def _fault_of(self, call: Call) -> Fault | None:
        for entry in self._faults:
            if f"{call.method} {call.path}".startswith(entry[0]):
                self._faults.remove(entry)
                return entry[1]
        return None

    def answer(self, call: Call) -> tuple[int, Any]:
        raise NotImplementedError

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                call = Call(self.command, self.path, headers, self.rfile.read(length).decode())
                with fake.lock:
                    fake.calls.append(call)
                    fault = fake._fault_of(call)
                    does_it = fault in (None, "dropped")
                    status, answer = fake.answer(call) if does_it else (500, {"error": {"message": "out of order"}})
                if fault == "hangs":
                    fake._is_closing.wait(30)
                if fault in ("hangs", "refused", "dropped"):
                    self.close_connection = True
                    return
                content = b"<html>Bad gateway" if fault == "garbage" else json.dumps(answer).encode()
                self.send_response(200 if fault == "garbage" else status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_DELETE = _answer

            def log_message(self, format: str, *args: Any) -> None:
                """Not on the test's output."""

        return Handler
