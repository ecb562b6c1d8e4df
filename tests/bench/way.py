"""A service with a fake Google of its own behind a relay, and bodies of caption strips for it."""
import base64
import contextlib
import http.client
import json
import os
import pathlib
import selectors
import socket
import subprocess
import tempfile
import threading
import time

import pictures
import strips
from listening_port import listening_port


class Relay:
    """Passes bytes between the service and the fake; notes the time of the first that the service sends after arm()."""

    def __init__(self, port):
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._first = None
        self._came = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self):
        self._came.clear()
        self._first = None

    def first_byte(self):
        if not self._came.wait(60):
            raise SystemExit("the engine was not called")
        return self._first

    def _accept(self):
        while True:
            service, _ = self._listener.accept()
            fake = socket.create_connection(("127.0.0.1", self._to))
            threading.Thread(target=self._pass, args=(service, fake), daemon=True).start()

    def _pass(self, service, fake):
        with selectors.DefaultSelector() as ready, service, fake:
            ready.register(service, selectors.EVENT_READ, fake)
            ready.register(fake, selectors.EVENT_READ, service)
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(1 << 20)
                    if key.fileobj is service and not self._came.is_set():
                        self._first = time.monotonic()
                        self._came.set()
                    if not data:
                        return
                    key.data.sendall(data)


@contextlib.contextmanager
def running(service, fake):
    """A service with a fake of its own: its port, the relay between them, and its process id."""
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as ends:
        def start(words, environment):
            process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
            ends.callback(process.wait)
            ends.callback(process.terminate)
            return process
        google = start([fake, "--blank", "--port", "0"], {"PATH": os.environ["PATH"]})
        relay = Relay(listening_port(google.pid))
        process = start([service], {
            "PATH": os.environ["PATH"], "PORT": "0", "DATA_DIR": scratch + "/data", "LOG_LEVEL": "error",
            "GOOGLE_API_KEY": "fake-api-key", "no_proxy": "*",
            "VISION_ENDPOINT": f"http://127.0.0.1:{relay.port}",
            "JOBS_PER_MINUTE_LIMIT": "10000000", "JOBS_PER_HOUR_LIMIT": "10000000",
            "DAILY_API_CALLS_LIMIT": "10000000"})
        port = listening_port(process.pid)
        deadline = time.monotonic() + 10
        while True:
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    break
            if time.monotonic() > deadline:
                raise SystemExit("the service is not ready in time")
        yield port, relay, process.pid


def files(first, count, composed):
    made = [(f"{n}.jpg", strips.strip(n)) for n in range(first, first + count)]
    if composed:
        made[0] = (f"{first}.png", pictures.picture(first, 666, 64))
    return made


def as_json(named):
    images = [{"id": name, "data": base64.b64encode(data).decode()} for name, data in named]
    return json.dumps({"images": images}).encode(), "application/json"


def as_multipart(named):
    return pictures.form(named)


def peak_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("the service is gone")
