"""deploy/proxy/: jobs through a real nginx and a real Caddy, as docs/proxies.md sets them up."""

import base64
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from support import ROOT, option_table, run, service, text_of

NGINX, CADDY = "deploy/proxy/nginx.conf", "deploy/proxy/Caddyfile"
PATIENCE = 30
#: More than nginx takes by itself, less than MAX_BODY_MB.
LARGE = 5 * 1024 * 1024


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def replaced(text, *pairs):
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def seconds(text, name):
    return int(re.search(rf"\b{name}\s+(\d+)s", text)[1])


class Proxied(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        # nginx's workers become another user.
        self.folder.chmod(0o755)
        self.port = free_port()

    def started(self, command, environment=None):
        log = open(self.folder / "log", "w+", encoding="utf-8")
        self.addCleanup(log.close)
        process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log,
                                   env=os.environ | (environment or {}))
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(process.terminate)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    self.fail((self.folder / "log").read_text())
                time.sleep(0.02)

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request(method, path, body, headers | {"Host": "ocr.example.com"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def a_large_job_is_read(self):
        picture = (ROOT / "docs/samples/caption-en-01.jpg").read_bytes()
        # What follows a JPEG's end marker is ignored, and sent.
        data = base64.b64encode(picture + bytes(LARGE)).decode()
        status, job = self.ask("POST", "/ocr/jobs", json.dumps({"images": [{"id": "a", "data": data}]}))
        self.assertEqual(status, 202, job)
        status, view = self.ask("GET", f"/ocr/jobs/{job['job_id']}?wait=25")
        self.assertEqual((status, view["status"]), (200, "completed"), view)

    def test_nginx(self):
        if not shutil.which("nginx"):
            self.skipTest("needs nginx: apt-get install nginx-light")
        with service(HOST="127.0.0.1") as url:
            site = replaced(text_of(NGINX), ("127.0.0.1:8000", url.removeprefix("http://")),
                            ("listen 443 ssl;", f"listen 127.0.0.1:{self.port};"))
            (self.folder / "site.conf").write_text(re.sub(r"^\s*ssl_certificate.*\n", "", site, flags=re.M))
            whole = self.folder / "nginx.conf"
            whole.write_text(f"daemon off; pid {self.folder}/pid; error_log stderr; events {{}}\n"
                             f"http {{ access_log off; client_body_temp_path {self.folder}; "
                             f"proxy_temp_path {self.folder}; include {self.folder}/site.conf; }}\n")
            done = run("nginx", "-t", "-c", whole, "-p", self.folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.started(["nginx", "-c", whole, "-p", self.folder])
            self.a_large_job_is_read()

    def test_caddy(self):
        if not shutil.which("caddy"):
            self.skipTest("needs caddy: apt-get install caddy")
        with service(HOST="127.0.0.1") as url:
            site = replaced(text_of(CADDY), ("127.0.0.1:8000", url.removeprefix("http://")),
                            ("\nocr.example.com {", f"\nhttp://ocr.example.com:{self.port} {{"))
            (self.folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + site)
            self.started(["caddy", "run", "--config", self.folder / "Caddyfile", "--adapter", "caddyfile"],
                         {"HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder)})
            self.a_large_job_is_read()


class Settings(unittest.TestCase):
    """The numbers of the files against the service's own."""

    def setUp(self):
        self.options = option_table()

    def test_bodies_pass_that_the_service_takes(self):
        most = int(self.options["MAX_BODY_MB"][1])
        self.assertIn(f"client_max_body_size {most}m;", text_of(NGINX))
        self.assertIn(f"max_size {most}MiB", text_of(CADDY))

    def test_the_longest_wait_is_waited_for(self):
        for name in ("proxy_read_timeout", "proxy_send_timeout"):
            self.assertGreater(seconds(text_of(NGINX), name), 60)
        self.assertGreater(seconds(text_of(CADDY), "response_header_timeout"), 60)

    def test_the_proxy_drops_a_kept_connection_first(self):
        kept = int(self.options["READ_TIMEOUT_SECONDS"][1])
        self.assertLess(seconds(text_of(NGINX), "keepalive_timeout"), kept)
        self.assertLess(seconds(text_of(CADDY), "keepalive"), kept)


if __name__ == "__main__":
    unittest.main()
