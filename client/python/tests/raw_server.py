"""A server on a free port of 127.0.0.1 that does with each connection what the test says, byte by byte."""

import socket
import threading


class RawServer:
    """`serve` is called with each connection, in a thread of its own, and closes it by returning. `ended` is set when
    the server closes, for those that wait."""

    def __init__(self, serve):
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.ended = threading.Event()
        self.connections = 0
        self._threads = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self):
        self.ended.set()
        # Wakes the thread that accepts.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._run, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _run(self, connection):
        with connection:
            try:
                self._serve(connection)
            except OSError:
                pass  # the client left


def request_of(connection):
    """The head of the next request, its body read; empty when there is none."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return ""
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, value = line.split(b":", 1)
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            return ""
        body += piece
    return head.decode()


def answer_with(raw):
    """A `serve` that answers every request with these bytes, and closes."""
    def serve(connection):
        if request_of(connection):
            connection.sendall(raw)
    return serve


def drip(server_of, raw, seconds=0.5):
    """A `serve` that sends one byte of `raw` every so many seconds. `server_of` gives the server."""
    def serve(connection):
        if not request_of(connection):
            return
        for byte in raw:
            connection.sendall(bytes((byte,)))
            if server_of().ended.wait(seconds):
                return
        server_of().ended.wait()
    return serve


def silent(server_of):
    """A `serve` that never answers."""
    def serve(_):
        server_of().ended.wait()
    return serve
