"""The examples of the pages that are marked for it, run as they stand.

<!-- run --> stands before a block that is run; `console` shows commands and what they print, `sh` has only to succeed,
`python` prints the block of `text` behind it. In what is shown … stands for anything, and alone on a line for any
lines. JOB_ID in a command stands for the job of the last answer.

<!-- start --> stands before a `sh` block of one command that goes on: it is run beside the blocks behind it, up to the
page's end. Until a page starts a service itself, one with the default settings is there.
"""

import contextlib
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from pages import REPOSITORY, text_of
from process import Process
from service import Service
from steps import Wrong

_EXAMPLE = re.compile(r"^<!-- (run|start) -->\n```(\w+)\n(.*?)^```\n(?:```text\n(.*?)^```\n)?",
                      re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n", re.MULTILINE)
_READY = re.compile(r"fake_vision listens on \S+:(?P<fake>\d+)\n| started .*\bport=(?P<service>\d+)\b.*\n")
_DEFAULT_URL = "http://127.0.0.1:8000"
_FAKE_PORT = "8443"
_PATIENCE = 120


@dataclass(frozen=True)
class Example:
    page: str
    line: int
    starts: bool
    language: str
    code: str
    output: str

    @property
    def name(self):
        return f"{self.page}:{self.line}"


def examples(page):
    text = text_of(page)
    return [Example(page, text.count("\n", 0, m.start()) + 1, m[1] == "start", m[2], m[3], m[4] or "")
            for m in _EXAMPLE.finditer(text)]


def _shown(line):
    return ".*".join(re.escape(part.strip()) for part in line.split("…"))


def agrees(printed, shown):
    pattern = "".join("(?:.*\n)*" if line.strip() == "…" else _shown(line) + "[ \t]*\n" for line in shown.splitlines())
    return re.fullmatch(pattern, printed + ("" if not printed or printed.endswith("\n") else "\n")) is not None


class Walkthrough:
    """A page's examples, one after the other, in a folder that looks like a clone with everything built."""

    def __init__(self, binary, fake):
        self._programs = {"glyphgate": binary, "fake_vision": fake}
        self._stack = contextlib.ExitStack()
        self._job = ""
        # The fake is started with it; what it listens on comes in its place.
        self._fake_port = "0"

    def __enter__(self):
        self._folder = pathlib.Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="glyphgate-docs-")))
        for entry in REPOSITORY.iterdir():
            if entry.name not in ("build", "data") and not entry.name.startswith("."):
                (self._folder / entry.name).symlink_to(entry)
        for preset in ("release", "dev"):
            (self._folder / "build" / preset).mkdir(parents=True)
            for name, program in self._programs.items():
                (self._folder / "build" / preset / name).symlink_to(program)
        self._url = self._stack.enter_context(Service(self._programs["glyphgate"], {})).url
        return self

    def __exit__(self, *_):
        self._stack.close()

    def run(self, example):
        """Raises Wrong unless it does what the page shows."""
        if example.starts:
            self._start(example.code)
        elif example.language == "console":
            self._run_console(example.code)
        elif example.language == "python":
            self._expect([sys.executable, "-c", self._here(example.code)], example.output)
        else:
            self._execute(["bash", "-euo", "pipefail", "-c", self._here(example.code)])

    def _start(self, code):
        command = f"cd {shlex.quote(str(self._folder))} && exec env {self._here(code)}"
        environment = {"PORT": "0", "DATA_DIR": str(self._folder / "data")}
        process = self._stack.enter_context(Process(["bash", "-euo", "pipefail", "-c", command], environment))
        ready = process.await_line(_READY)
        if ready["fake"]:
            self._fake_port = ready["fake"]
        else:
            self._url = f"http://127.0.0.1:{ready['service']}"

    def _run_console(self, session):
        begins = [m.start() for m in _COMMAND.finditer(session)]
        if not begins or begins[0] != 0:
            raise Wrong("the block does not begin with a command: \"$ …\"")
        for begin, end in zip(begins, [*begins[1:], len(session)]):
            command = _COMMAND.match(session, begin)
            self._expect(["bash", "-euo", "pipefail", "-c", self._here(command[1])], session[command.end():end])

    def _here(self, code):
        """The code, with the page's addresses replaced by those of this run."""
        if "JOB_ID" in code and not self._job:
            raise Wrong("JOB_ID is used before any answer told one")
        code = code.replace("JOB_ID", self._job).replace(_FAKE_PORT, self._fake_port)
        return code.replace(_DEFAULT_URL, self._url).replace("/tmp/", f"{self._folder}/")

    def _expect(self, command, shown):
        printed = self._execute(command)
        if not agrees(printed, shown):
            raise Wrong(f"{command[-1]}\nprinted\n{printed}\ninstead of\n{shown}")
        self._job = (re.findall(r'"job_id":"(\w+)"', printed) or [self._job])[-1]

    def _execute(self, command):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self._folder), "PYTHONUTF8": "1", "no_proxy": "*",
                       "PYTHONPATH": str(REPOSITORY / "client" / "python"), "GLYPHGATE_URL": self._url}
        done = subprocess.run(command, cwd=self._folder, env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, encoding="utf-8", timeout=_PATIENCE)
        if done.returncode != 0:
            raise Wrong(f"{command[-1]}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout
