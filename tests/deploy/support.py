"""What the tests of this folder share."""

import contextlib
import http.server
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = os.environ.get("GLYPHGATE_BINARY", "")

OPTION = re.compile(r"^\s+(?P<name>[A-Z][A-Z0-9_]+) \((?P<bounds>.*)\), default ?(?P<default>.*)$", re.M)


def text_of(path):
    return (ROOT / path).read_text(encoding="utf-8")


def option_table():
    """The service's own table of settings: name → (bounds, default), as --help prints it."""
    help_text = subprocess.run([BINARY, "--help"], check=True, capture_output=True, text=True).stdout
    return {m["name"]: (m["bounds"], m["default"]) for m in OPTION.finditer(help_text)}


def run(*command, env=None, cwd=ROOT, timeout=300):
    """A finished command with its output; the environment is this process's, with what `env` says."""
    return subprocess.run([str(word) for word in command], cwd=cwd, env=os.environ | (env or {}), capture_output=True,
                          text=True, timeout=timeout, check=False)


@contextlib.contextmanager
def service(**settings):
    """A running service with an empty store, by its URL."""
    with tempfile.TemporaryDirectory() as scratch:
        log = pathlib.Path(scratch) / "log"
        environment = {"PATH": os.environ["PATH"], "PORT": "0", "DATA_DIR": f"{scratch}/data"}
        with open(log, "w", encoding="utf-8") as out:
            process = subprocess.Popen([BINARY], env=environment | settings, stderr=out)
        try:
            yield f"http://127.0.0.1:{port_of(process, log)}"
        finally:
            process.terminate()
            process.wait(30)


def port_of(process, log):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if found := re.search(r"\bport=(\d+)", log.read_text(encoding="utf-8")):
            return int(found[1])
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise AssertionError(f"the service did not start: {log.read_text(encoding='utf-8')}")


@contextlib.contextmanager
def altered(url, alter, prefix=""):
    """A server that passes requests on to `url`, the path without `prefix`, and answers what `alter(method, path, status, body)` makes of it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def serve(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: self.headers[name] for name in ("Content-Type", "Authorization") if name in self.headers}
            request = urllib.request.Request(url + self.path.removeprefix(prefix), body or None, headers, method=self.command)
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            try:
                with opener.open(request, timeout=60) as answer:
                    status, content = answer.status, answer.read()
            except urllib.error.HTTPError as error:
                status, content = error.code, error.read()
            status, content = alter(self, self.path, status, content)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = serve

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
