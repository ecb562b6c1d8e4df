#!/usr/bin/env python3
"""Tests that the measurements run beside anything else on the machine: nobody's port is in their way.

    tests/bench/ports_test.py BARE_SERVER SERVICE
"""
import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.request

from listening_port import listening_port
from started_service import StartedService

HERE = pathlib.Path(__file__).resolve().parent
BARE_SERVER, SERVICE = (str(pathlib.Path(name).resolve()) for name in sys.argv[1:3])


@contextlib.contextmanager
def taken(port):
    """The port is taken in the block, by this or by whoever had it before."""
    with socket.socket() as listener:
        with contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            listener.listen()
        yield


@contextlib.contextmanager
def process(*command):
    child = subprocess.Popen(command)
    try:
        yield child
    finally:
        child.terminate()
        child.wait()


def get(port, path="/"):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return answer.read()


class Ports(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.body = self.folder / "body"
        self.body.write_bytes(b'{"status":"completed"}')

    def test_polls_are_measured_when_the_port_of_old_is_taken(self):
        """With a load generator that only says how fast it was: here it is about who answers."""
        generator = self.folder / "wrk"
        generator.write_text("#!/bin/sh\necho 'Requests/sec: 1000'\n")
        generator.chmod(0o755)
        with taken(18099), process(BARE_SERVER, self.body) as job:
            url = f"http://127.0.0.1:{listening_port(job.pid)}/"
            done = subprocess.run([HERE / "poll_bench", url, BARE_SERVER, "1"], capture_output=True, text=True,
                                  env=os.environ | {"PATH": f"{self.folder}:{os.environ['PATH']}"}, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("ratio 1.00", done.stdout)

    def test_another_service_is_measured_beside_it_with_its_key(self):
        generator = self.folder / "wrk"
        generator.write_text("#!/bin/sh\ncase $* in *'X-API-Key: a key'*) echo 'Requests/sec: 850' ;; *) echo 'Requests/sec: 1000' ;; esac\n")
        generator.chmod(0o755)
        with process(BARE_SERVER, self.body) as job:
            url = f"http://127.0.0.1:{listening_port(job.pid)}/"
            done = subprocess.run([HERE / "poll_bench", url, BARE_SERVER, "1", url, "a key"], capture_output=True,
                                  text=True, env=os.environ | {"PATH": f"{self.folder}:{os.environ['PATH']}"},
                                  timeout=60)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("with keys and metrics: 850 requests/s; without: 1000 requests/s; ratio 0.85", done.stdout)

    def test_two_of_a_kind_have_ports_of_their_own(self):
        with process(BARE_SERVER, self.body) as one, process(BARE_SERVER, self.body) as other:
            ports = {listening_port(one.pid), listening_port(other.pid)}
            self.assertEqual(len(ports), 2)
            for port in ports:
                self.assertEqual(get(port), self.body.read_bytes())

    def test_the_service_is_found_though_it_logs_nothing(self):
        with StartedService(SERVICE, self.folder / "data") as service:
            self.assertEqual(get(service.port, "/livez"), b'{"status":"alive"}')

    def test_a_process_that_ends_is_not_waited_for(self):
        for waited in (True, False):
            with self.subTest(waited=waited), process(BARE_SERVER) as child:
                os.waitid(os.P_PID, child.pid, os.WEXITED | (0 if waited else os.WNOWAIT))
                with self.assertRaisesRegex(SystemExit, "ended before it listened"):
                    listening_port(child.pid)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
