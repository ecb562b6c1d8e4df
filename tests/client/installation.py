#!/usr/bin/env python3
"""Installs the Python client as its README says, on Debian and without network.

    tests/client/installation.py

Needs python3-venv, python3-setuptools and python3-wheel, of the system's own Python.
Exit status: 0 when all is well, 1 when something is not.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support" / "python"))

from steps import Steps, Wrong

CLIENT = pathlib.Path(__file__).resolve().parents[2] / "client" / "python"
PYTHON = "/usr/bin/python3"
PATIENCE = 600


def run(*command, home, expect=0):
    """What the command printed. It sees nothing of this machine's settings, and so no index of packages."""
    done = subprocess.run([str(word) for word in command], timeout=PATIENCE, stdin=subprocess.DEVNULL, cwd=home,
                          capture_output=True, encoding="utf-8",
                          env={"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8"})
    if done.returncode != expect:
        raise Wrong(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def venv(folder, source):
    run(PYTHON, "-m", "venv", "--system-site-packages", folder / "venv", home=folder)
    run(folder / "venv" / "bin" / "pip", "install", "--no-index", "--no-build-isolation", source, home=folder)
    command = folder / "venv" / "bin" / "glyphgate-ocr"
    told = run(command, "--version", home=folder)
    if told != f"glyphgate-ocr {version()}\n":
        raise Wrong(f"it says {told!r}")
    # It is the installed package, with what marks it as typed, and it works: nobody listens there.
    package = run(folder / "venv" / "bin" / "python", "-c", "import glyphgate; print(glyphgate.__path__[0])",
                  home=folder).strip()
    if not pathlib.Path(package).is_relative_to(folder / "venv") or not (pathlib.Path(package) / "py.typed").exists():
        raise Wrong(f"it is in {package}")
    (folder / "a.png").write_bytes(b"a picture")
    run(command, folder / "a.png", "--url", "http://127.0.0.1:9", home=folder, expect=3)
    return package


def system_wide(folder):
    """Why the README does not say `pip install`: Debian's Python refuses it."""
    marker = run(PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))", home=folder).strip()
    if not (pathlib.Path(marker) / "EXTERNALLY-MANAGED").exists():
        raise Wrong(f"{marker} has no EXTERNALLY-MANAGED: `pip install` works here, and the README may say so")
    return marker


def version():
    names = {}
    exec((CLIENT / "glyphgate" / "version.py").read_text(encoding="utf-8"), names)
    return names["__version__"]


def main():
    steps = Steps()
    with tempfile.TemporaryDirectory(prefix="glyphgate-installation-") as name:
        folder = pathlib.Path(name)
        # It is built where it lies.
        source = folder / "python"
        shutil.copytree(CLIENT, source, ignore=shutil.ignore_patterns("__pycache__"))
        steps.run("Debian's Python is managed by Debian", lambda: system_wide(folder))
        steps.run("into a venv, without network", lambda: venv(folder, source))
    print(f"{steps.passed} passed, {steps.failed} failed")
    return 1 if steps.failed else 0


if __name__ == "__main__":
    sys.exit(main())
