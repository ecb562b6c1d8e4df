"""The npm packages of a test, brought once into the build's folder: those of its package-lock.json, with the checksums
that it has. Where npm fetches from is npm's own configuration."""

import contextlib
import fcntl
import hashlib
import re
import shutil
import subprocess
import sys

#: What ctest takes for "skipped".
SKIPPED = 77

#: What redocly asks for.
LEAST_NODE = (20, 19)

# What npm calls a registry that cannot be reached, or does not give the package.
_NOT_THERE = re.compile(r"ECONN\w+|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|E\w*TIMEDOUT|ERR_SOCKET_TIMEOUT|E40[134]|E5\d\d")


class Missing(Exception):
    """Why the packages cannot be had here."""


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(SKIPPED)


def bring(folder, wanted):
    """Makes the packages' folder, of the package.json and the package-lock.json in `wanted`; the programs' folder
    within it. Raises Missing where they cannot be had, and RuntimeError where something is wrong."""
    _check_tools()
    folder.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder):
        done = folder / "brought"
        sum_of_lock = hashlib.sha256((wanted / "package-lock.json").read_bytes()).hexdigest()
        if not done.exists() or done.read_text(encoding="utf-8") != sum_of_lock:
            done.unlink(missing_ok=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(wanted / name, folder)
            _install(folder)
            done.write_text(sum_of_lock, encoding="utf-8")
    return folder / "node_modules" / ".bin"


def _check_tools():
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise Missing(f"{tool} is not installed")
    told = subprocess.run(["node", "--version"], capture_output=True, encoding="utf-8", timeout=60, check=True).stdout
    version = tuple(map(int, re.findall(r"\d+", told)[:2]))
    if version < LEAST_NODE:
        raise Missing(f"node {told.strip()} is older than {'.'.join(map(str, LEAST_NODE))}")


@contextlib.contextmanager
def _alone_in(folder):
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(folder):
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error",
         "--cache", folder / "cache", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=20000"],
        cwd=folder, capture_output=True, encoding="utf-8", timeout=600, check=False)
    if done.returncode == 0:
        return
    code = re.search(r"^npm \S+ code (\S+)", done.stderr, re.MULTILINE)
    if code and _NOT_THERE.fullmatch(code[1]):
        raise Missing(f"npm could not fetch the packages ({code[1]})")
    raise RuntimeError(f"npm ci failed:\n{done.stderr}")
