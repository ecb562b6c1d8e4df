"""A proxy between a client and a service that does to their exchanges what bad networks do, at random, from a seed."""

import collections
import random
import socket
import struct
import threading

# Seconds; beyond what the service holds an answer.
_UPSTREAM_TIMEOUT = 90
_PIECE = 65536

#: By name: how often, of a hundred exchanges.
FAULTS = {
    "reset before the request": 4, "request cut": 4, "request duplicated": 6,
    "answer lost": 4, "answer cut": 4, "answer cut by a reset": 2, "answer delayed": 4, "answer dripped": 4,
    "answer duplicated": 4, "answer stalled": 1,
    "502 instead of the request": 3, "502 instead of the answer": 3, "503 with Retry-After: 0": 2,
}

_BAD_GATEWAY = (b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 18\r\n\r\n"
                b"<html>502</html>\r\n")
_UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"


class FaultyProxy:
    """Listens on a free port of 127.0.0.1 as soon as it is made. `counts` tells how often each fault was done. The n-th
    connection meets the same faults in every run of the same seed."""

    def __init__(self, host, port, seed):
        self._upstream = (host, port)
        self._seed = seed
        self.counts = collections.Counter()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        with self._lock:
            for connection in self._open:
                _shut(connection)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self):
        number = 0
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            number += 1
            thread = threading.Thread(target=self._serve, args=(connection, random.Random(f"{self._seed}/{number}")))
            self._threads = [t for t in self._threads if t.is_alive()] + [thread]
            thread.start()

    def _serve(self, connection, randomness):
        with self._watched(connection):
            try:
                while not self._stopping.is_set():
                    request = _read_message(connection)
                    if request is None or not self._exchange(connection, request, randomness):
                        return
            except OSError:
                pass  # one of them has left

    def _exchange(self, client, request, randomness):
        """One request and its answer, and what is done to them. Whether the connection goes on."""
        fault = self._choose(randomness)
        if fault == "reset before the request":
            return _reset(client)
        if fault == "request cut":
            with self._connected() as service:
                service.sendall(request[:randomness.randrange(len(request))])
            return _reset(client)
        if fault == "502 instead of the request":
            client.sendall(_BAD_GATEWAY)
            return True
        if fault == "503 with Retry-After: 0":
            client.sendall(_UNAVAILABLE)
            return True
        if fault == "request duplicated":
            twin = threading.Thread(target=self._ask_in_vain, args=(request,))
            twin.start()
            answer = self._ask(request)
            twin.join()
        else:
            answer = self._ask(request)
        return self._answer(client, answer, fault, randomness)

    def _answer(self, client, answer, fault, randomness):
        if fault == "answer lost":
            return _reset(client)
        if fault == "502 instead of the answer":
            client.sendall(_BAD_GATEWAY)
            return True
        if fault in ("answer cut", "answer cut by a reset"):
            client.sendall(answer[:randomness.randrange(len(answer))])
            return _reset(client) if fault == "answer cut by a reset" else False
        if fault == "answer stalled":
            client.sendall(answer[:randomness.randrange(len(answer))])
            client.settimeout(_UPSTREAM_TIMEOUT)
            client.recv(1)  # until the client has had enough
            return False
        if fault == "answer delayed":
            self._stopping.wait(randomness.uniform(0, 3))
        elif fault == "answer dripped":
            dripped = randomness.randint(1, 60)
            for n in range(min(dripped, len(answer) - 1)):
                client.sendall(answer[n:n + 1])
                self._stopping.wait(0.02)
            answer = answer[min(dripped, len(answer) - 1):]
        elif fault == "answer duplicated":
            answer += answer
        client.sendall(answer)
        return True

    def _choose(self, randomness):
        position = randomness.uniform(0, 100)
        for fault, share in FAULTS.items():
            position -= share
            if position < 0:
                with self._lock:
                    self.counts[fault] += 1
                return fault
        with self._lock:
            self.counts["none"] += 1
        return None

    def _ask(self, request):
        """The service's answer to the request, as it came."""
        with self._connected() as service:
            service.sendall(request)
            answer = _read_message(service)
        if answer is None:
            raise ConnectionResetError("the service closed the connection")
        return answer

    def _ask_in_vain(self, request):
        try:
            self._ask(request)
        except OSError:
            pass

    def _connected(self):
        service = socket.create_connection(self._upstream, _UPSTREAM_TIMEOUT)
        return self._watched(service)

    def _watched(self, connection):
        return _Watched(self, connection)


class _Watched:
    """Closes a connection at its end, or when the proxy ends."""

    def __init__(self, proxy, connection):
        self._proxy = proxy
        self._connection = connection

    def __enter__(self):
        with self._proxy._lock:
            self._proxy._open.add(self._connection)
        if self._proxy._stopping.is_set():
            _shut(self._connection)
        return self._connection

    def __exit__(self, *_):
        with self._proxy._lock:
            self._proxy._open.discard(self._connection)
        self._connection.close()


def _read_message(connection):
    """A whole request or answer; None when the connection ends before it."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(_PIECE)
        if not piece:
            return None
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    pieces, missing = [data], length - len(rest)
    while missing > 0:
        piece = connection.recv(_PIECE)
        if not piece:
            return None
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _reset(connection):
    # Without lingering, a close is a reset.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _shut(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it is closed already
