"""A gateway for text messages: a real little HTTP server on loopback, with the faults that real ones have."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Gateway:
    """Takes what HttpBackend posts. `mood` says how it behaves from now on; `taken` is what it accepted.

    ok: answers at once. hangs: takes the message and never answers. drips: answers a byte now and then.
    busy: 503. wrong: 400. moved: points elsewhere. late: answers after `delay` seconds. forgets: takes
    the message and answers 500.
    """

    def __init__(self):
        self.mood, self.delay, self.taken, self.asked = "ok", 0.0, [], 0
        self.closing = threading.Event()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                gateway.answer(self)

            def log_message(self, *_args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/messages"

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked += 1
        body = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        body["header"] = request.headers["Idempotency-Key"]
        if self.mood in ("busy", "wrong", "moved"):
            self.say(request, {"busy": 503, "wrong": 400, "moved": 307}[self.mood])
            return
        self.taken.append(body)
        if self.mood == "hangs":
            self.closing.wait(60)
        elif self.mood == "drips":
            self.drip(request)
        elif self.mood == "late":
            self.closing.wait(self.delay)
        self.say(request, 500 if self.mood == "forgets" else 202)

    def drip(self, request: BaseHTTPRequestHandler) -> None:
        while not self.closing.wait(0.05):
            try:
                request.wfile.write(b"H")
                request.wfile.flush()
            except OSError:
                return

    def say(self, request: BaseHTTPRequestHandler, status: int) -> None:
        try:
            request.send_response(status)
            request.send_header("Location", self.url)
            request.send_header("Content-Length", "0")
            request.end_headers()
        except OSError:
            pass  # nobody waits any more
