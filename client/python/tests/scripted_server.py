"""An HTTP server on a free port of 127.0.0.1 that answers what the test tells it to."""

import json
import os
import socket
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: object
    body: bytes
    #: The client's port: tells connections apart.
    connection: int


@dataclass(frozen=True)
class Reply:
    status: int = 200
    #: A JSON value, or bytes.
    body: object = b""
    headers: dict = field(default_factory=dict)
    #: Closes the connection after the answer without having said so.
    then_close: bool = False


#: Instead of a Reply: the connection is reset, with no answer.
RESET = object()


def problem(status, kind="some-kind", headers=None, **members):
    return Reply(status, {"type": f"urn:glyphgate:problem:{kind}", "title": "A title", "status": status, **members},
                 {"Content-Type": "application/problem+json", **(headers or {})})


class ScriptedServer:
    """`answer` takes a Request and gives a Reply or RESET. Or it is a list of these, used in turn, the last one for
    ever. `requests` records what came."""

    def __init__(self, answer):
        self.requests = []
        self._answer = answer if callable(answer) else self._in_turn(list(answer))
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body of an answer are two writes, and the client's delayed acknowledgement would part them.
            disable_nagle_algorithm = True

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except ConnectionError:
                    self.close_connection = True  # the client left

            def log_message(self, *_):
                pass

            def serve(self):
                owner._serve(self)

            do_GET = do_POST = do_DELETE = serve

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        # The pause between two looks for the end is the time that every test takes to close it.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def targets(self):
        return [f"{r.method} {r.target}" for r in self.requests]

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @staticmethod
    def _in_turn(replies):
        def answer(_):
            return replies.pop(0) if len(replies) > 1 else replies[0]
        return answer

    def _serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        request = Request(handler.command, handler.path, handler.headers, body, handler.client_address[1])
        with self._lock:
            self.requests.append(request)
        reply = self._answer(request)
        if reply is RESET:
            # Without lingering, a close is a reset.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(handler.connection.detach())
            handler.close_connection = True
            return
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        handler.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            handler.send_header(name, value)
        if reply.status != 204:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        if reply.then_close:
            handler.close_connection = True
