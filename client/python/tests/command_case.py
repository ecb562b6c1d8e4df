"""A folder of files that stand for pictures, a service that reads them, and the command."""

import contextlib
import io
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import unittest

from glyphgate import cli

from .fake_service import FakeService

HEALTH = {"status": "healthy", "version": "9", "engine": "local", "google_cloud_available": False,
          "circuit_breaker": {"state": "closed", "failures": 0, "threshold": 5, "last_failure": None,
                              "retry_after": None},
          "job_storage": {"total_jobs": 0, "by_status": {}}, "config": {},
          "queue": {"waiting": 0, "running": 0, "capacity": 3}, "usage": {"jobs_today": None}}
PACKAGE_FOLDER = pathlib.Path(__file__).resolve().parents[1]


class CommandCase(unittest.TestCase):
    def setUp(self):
        self.service = FakeService()
        self.addCleanup(self.service.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        before = os.getcwd()
        os.chdir(folder.name)
        self.addCleanup(os.chdir, before)
        for name, content in [("a.png", b"first"), ("b.jpg", b"two\nlines\tand \\"), ("sub/c.WEBP", b"third"),
                              ("sub/deep/d.jpeg", b"fourth")]:
            path = pathlib.Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def run_command(self, *arguments, url=None):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = cli.main([*arguments, "--url", url or self.service.url])
            except SystemExit as end:
                status = end.code
        return status, out.getvalue(), err.getvalue()

    def run_process(self, *arguments, streams=None, url=None):
        """The command as a process of its own. `streams` are redirections of a shell."""
        quoted = " ".join(map(shlex.quote, (sys.executable, "-m", "glyphgate", *arguments, "--url",
                                            url or self.service.url)))
        done = subprocess.run(["sh", "-c", f"exec {quoted} {streams or ''}"], capture_output=True, timeout=180,
                              env={**os.environ, "PYTHONPATH": str(PACKAGE_FOLDER)}, stdin=subprocess.DEVNULL)
        self.assertNotIn(b"Traceback", done.stdout + done.stderr)
        self.assertNotIn(b"Exception", done.stdout + done.stderr)
        return done.returncode, done.stdout.decode(), done.stderr.decode()
