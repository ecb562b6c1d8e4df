#!/usr/bin/env python3
"""Does what the page of /docs shows, with a service that has keys: every line for curl, and every body that is an example.

    try_page.py OPENAPI_JSON BINARY          build/dev/http/description/openapi.json build/dev/glyphgate
"""

import html
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "support" / "python"))

from service import GENEROUS, Service
from steps import Steps, Wrong

PICTURE = HERE.parents[2] / "docs" / "samples" / "receipt.png"
TOKEN = "a-token-of-the-tests"
PATIENCE = 60

_COMMAND = re.compile(r"<pre><code>(curl .*?)</code></pre>", re.DOTALL)
_ADDRESS = "http://127.0.0.1:8000"
#: The job of the examples.
_JOB = "a617d40431651aec120230f4fa1d743e"


def text_of(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=PATIENCE) as answer:
        return answer.read().decode()


def run(words, folder):
    """The status and the body that curl gets."""
    done = subprocess.run([words[0], "--silent", "--show-error", "--noproxy", "*", "--write-out", "\n%{http_code}",
                           *words[1:]], cwd=folder, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False)
    if done.returncode != 0:
        raise Wrong(f"curl ended with {done.returncode}: {done.stderr}")
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


class Page:
    """The lines of the page, for a service at `url` that has `key`."""

    def __init__(self, url, key, folder):
        self._url, self._key, self._folder = url, key, folder
        self._job = _JOB

    def commands(self):
        found = [html.unescape(line) for line in _COMMAND.findall(text_of(self._url + "/docs"))]
        # The one that posts comes before those that need its job.
        return sorted(found, key=lambda line: _JOB in line)

    def obey(self, command):
        told = command.replace("\\\n", " ").replace(_ADDRESS, self._url).replace("Bearer KEY", f"Bearer {self._key}")
        status, body = run(shlex.split(told.replace("token=TOKEN", f"token={TOKEN}").replace(_JOB, self._job)), self._folder)
        if status == 202:
            self._job = json.loads(body)["job_id"]
            # Lines that follow ask for its text.
            run(["curl", "-H", f"Authorization: Bearer {self._key}", f"{self._url}/ocr/jobs/{self._job}?wait=55"],
                self._folder)
        # Which metrics are where is a setting.
        if status >= 300 and not (status == 404 and command.endswith("/metrics")):
            raise Wrong(f"{status}: {body}")
        return str(status)

    def post(self, path, value):
        query = f"?token={TOKEN}" if path == "/admin/budget-alert" else ""
        status, body = run(["curl", "-H", f"Authorization: Bearer {self._key}", "-H", "Content-Type: application/json",
                            "-d", json.dumps(value), self._url + path + query], self._folder)
        if status >= 300:
            raise Wrong(f"{status}: {body}")
        return str(status)


def bodies(description):
    """Path, name and value of each body that is an example."""
    for path, item in description["paths"].items():
        content = item.get("post", {}).get("requestBody", {}).get("content", {})
        for name, example in content.get("application/json", {}).get("examples", {}).items():
            yield path, name, example["value"]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    description = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    binary = str(pathlib.Path(sys.argv[2]).resolve())
    key, line = subprocess.run([binary, "key", "new", "tester"], timeout=PATIENCE, check=True, capture_output=True,
                               encoding="utf-8").stdout.splitlines()
    steps = Steps()
    settings = {**GENEROUS, "OCR_ENGINE": "tesseract", "API_KEYS": f"{line} admin", "BUDGET_ALERT_TOKEN": TOKEN}
    with tempfile.TemporaryDirectory() as folder, Service(binary, settings) as service:
        shutil.copy(PICTURE, pathlib.Path(folder) / "image.png")
        page = Page(service.url, key, folder)
        commands = page.commands()
        operations = sum(1 for item in description["paths"].values() for method in item if method != "parameters")
        if len(commands) != operations:
            raise SystemExit(f"the page has {len(commands)} lines for curl, and {operations} operations")
        for command in commands:
            steps.run(command.rpartition("\n")[2].strip()[-44:], lambda c=command: page.obey(c))
        for path, name, value in bodies(description):
            steps.run(f"{path}, {name}", lambda p=path, v=value: page.post(p, v))
    print(f"{steps.passed} passed, {steps.failed} failed")
    return 1 if steps.failed else 0


if __name__ == "__main__":
    sys.exit(main())
