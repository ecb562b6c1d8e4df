"""The examples of a README: each block of Python or shell, and what it prints, the block of text behind it."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass

_EXAMPLE = re.compile(r"^```(python|sh)\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
_DEFAULT_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Example:
    line: int
    language: str
    code: str
    output: str


def examples(readme):
    text = readme.read_text(encoding="utf-8")
    return [Example(text.count("\n", 0, match.start()) + 1, match[1], match[2], match[3] or "")
            for match in _EXAMPLE.finditer(text)]


def run(example, url, repository, timeout):
    """What is wrong with what it prints or how it ends; empty when nothing is. Runs in a folder of its own in which
    the project's `docs` are found."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "docs").symlink_to(repository / "docs")
        command = folder / "bin" / "glyphgate-ocr"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m glyphgate "$@"\n')
        command.chmod(0o755)
        environment = {**os.environ, "PATH": f"{command.parent}:{os.environ['PATH']}", "GLYPHGATE_URL": url,
                       "PYTHONPATH": str(repository / "client" / "python"), "PYTHONUTF8": "1"}
        interpreter = [sys.executable, "-c"] if example.language == "python" else ["sh", "-euc"]
        done = subprocess.run([*interpreter, example.code.replace(_DEFAULT_URL, url)], cwd=folder, env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=timeout)
    if done.returncode != 0:
        return f"it ended with {done.returncode}:\n{done.stderr}"
    if done.stdout != example.output:
        return f"it printed\n{done.stdout}instead of\n{example.output}"
    return ""
