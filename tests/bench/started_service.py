"""The service as a process that a measurement starts."""
import os
import signal
import socket
import subprocess
import time

from listening_port import listening_port


def first_answer(port, deadline):
    """When the first 200 on GET / arrived, by the monotonic clock."""
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
                s.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
                if s.recv(4096).startswith(b"HTTP/1.1 200"):
                    return time.monotonic()
        except OSError:
            pass
        time.sleep(0.0005)
    raise SystemExit("the service did not answer")


class StartedService:
    """A process of `binary` on a port of its own, up to its first answer; stopped at the end of the block."""

    def __init__(self, binary, data_dir, **settings):
        environment = {"PATH": os.environ["PATH"], "PORT": "0", "DATA_DIR": str(data_dir),
                       "LOG_LEVEL": "error", **settings}
        begin = time.monotonic()
        self.process = subprocess.Popen([binary], env=environment)
        try:
            self.port = listening_port(self.process.pid)
            self.start_ms = (first_answer(self.port, begin + 30) - begin) * 1000
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait()
