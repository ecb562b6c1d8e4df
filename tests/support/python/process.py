"""A program under test, stopped by its own id whatever happens."""

import os
import signal
import subprocess
import tempfile
import time

PATIENCE = 60


# Settings of whoever runs the tests are not to leak into them.
_CLEAN = {"PATH": "/usr/bin:/bin",
          **{name: value for name, value in os.environ.items() if name in ("ASAN_OPTIONS", "UBSAN_OPTIONS",
                                                                           "TSAN_OPTIONS")}}


class Process:
    """Starts `command` with `environment` on top of a clean one; its output goes to a file."""

    def __init__(self, command, environment=None):
        self.output = tempfile.NamedTemporaryFile("w+", encoding="utf-8", errors="replace")
        self._process = subprocess.Popen(command, env={**_CLEAN, **(environment or {})}, stdout=self.output,
                                         stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def log(self):
        with open(self.output.name, encoding="utf-8", errors="replace") as log:
            return log.read()

    def await_line(self, pattern):
        """The match of `pattern` in the output. Raises RuntimeError when the program ends before, or takes too long."""
        deadline = time.monotonic() + PATIENCE
        while True:
            match = pattern.search(self.log())
            if match:
                return match
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._process.args[0]} did not start:\n{self.log()}")
            time.sleep(0.01)

    def ended(self):
        """Whether it has ended by itself."""
        return self._process.poll() is not None

    def stop(self):
        """Asks it to stop; its exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self.output.close()
