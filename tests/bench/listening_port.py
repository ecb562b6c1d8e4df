#!/usr/bin/env python3
"""Prints the port of 127.0.0.1 that a process listens on, once it does. A program that is measured takes port 0, so
that nobody can have its port; what it logs is not to be measured with it.

    tests/bench/listening_port.py PID

Fails when the process ends before, or does not listen after 60 s.
"""
import os
import re
import sys
import time

_SOCKET = re.compile(r"socket:\[(\d+)\]")
_LOOPBACK = "0100007F"
_LISTENS = "0A"


def _sockets(pid):
    """The inodes of the process's sockets."""
    found = set()
    for descriptor in os.listdir(f"/proc/{pid}/fd"):
        try:
            if socket := _SOCKET.fullmatch(os.readlink(f"/proc/{pid}/fd/{descriptor}")):
                found.add(socket[1])
        except FileNotFoundError:
            pass
    return found


def _port(pid):
    os.stat(f"/proc/{pid}/net/tcp")  # is not there once the process has ended, also before its parent has waited for it
    if not (sockets := _sockets(pid)):
        return None
    with open(f"/proc/{pid}/net/tcp", encoding="ascii") as table:
        for line in table:
            fields = line.split()
            if fields[3] == _LISTENS and fields[9] in sockets and fields[1].startswith(_LOOPBACK):
                return int(fields[1].split(":")[1], 16)
    return None


def listening_port(pid, seconds=60):
    """Raises SystemExit, with the reason, when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if port := _port(pid):
                return port
        except FileNotFoundError:
            raise SystemExit(f"process {pid} ended before it listened") from None
        time.sleep(0.0005)
    raise SystemExit(f"process {pid} does not listen after {seconds} s")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(listening_port(sys.argv[1]))
