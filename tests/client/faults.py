#!/usr/bin/env python3
"""Reads pictures with every form of the client through a network that fails at random, and checks texts and bills.

    tests/client/faults.py SERVICE FAKE_VISION [--seed N] [--seconds N] [--pictures N]

Threads that share a client, coroutines, and glyphgate-ocr read pictures that no one has seen before, until the time is
over and enough were read: 20 seconds and 400 pictures, or with GLYPHGATE_LONG=1 ten minutes and 10,000. Every text must
be right and in its place; the engine must have been called as often as the ledger says at most, and no fault may have
made a job to be paid twice. The same seed makes the same faults, as far as the threads' turns allow.
Exit status: 0 when all was as it must be, 1 when it was not, 2 for wrong usage.
"""

import argparse
import asyncio
import collections
import json
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from urllib.parse import urlsplit

HERE = pathlib.Path(__file__).resolve().parent
CLIENT = HERE.parents[1] / "client" / "python"
sys.path[:0] = [str(HERE.parent / "support" / "python"), str(CLIENT)]

from faulty_proxy import FaultyProxy
from service import GENEROUS, Service, fake_google
from steps import Steps, Wrong

from glyphgate import AsyncOCRClient, GlyphgateError, OCRClient, ServiceUnreachable, Unavailable

#: Pictures of one call, and thereby of one job; and of one batch.
CALL, BATCH = 20, 50
CALLS_OF_A_BATCH = -(-BATCH // CALL)
#: Seconds: of silence, and of a call of the client with its retries.
SILENCE, PATIENCE = 2, 60
#: How often a batch may end with an error before it is one of the client.
TRIES = 20


class Pictures:
    """Pictures of two bands each, which the fake reads as "#rgb #rgb". No two are alike."""

    def __init__(self, seed):
        self._numbers = random.Random(seed)
        self._used = set()
        self._lock = threading.Lock()

    def batch(self):
        """[(id, PNG, text)]"""
        with self._lock:
            return [self._picture(f"picture-{n:02}") for n in range(BATCH)]

    def _picture(self, picture_id):
        while True:
            # Bright grey would be taken for what is between two bands.
            digits = tuple(self._numbers.randrange(12) for _ in range(6))
            if digits not in self._used:
                break
        self._used.add(digits)
        bands = [bytes(17 * d for d in digits[:3]), bytes(17 * d for d in digits[3:])]
        rows = 16 * [bands[0]] + 8 * [bytes((220, 220, 220))] + 16 * [bands[1]]
        text = "#{:x}{:x}{:x} #{:x}{:x}{:x}".format(*digits)
        return picture_id, png(48, rows), text


def png(width, rows):
    """Each row of one colour."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, len(rows), 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + colour * width for colour in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


class Run:
    """What the readers have in common."""

    def __init__(self, url, seed, seconds, pictures):
        self.url = url
        self._pictures = Pictures(f"{seed}/pictures")
        self._ends_at = time.monotonic() + seconds
        self._wanted = pictures
        self._lock = threading.Lock()
        self.batches = self.read = 0
        #: How calls of the client ended that did not read all of a batch.
        self.errors = collections.Counter()
        self.wrong = []

    def next_batch(self):
        """None when enough was read, or when something was wrong."""
        with self._lock:
            enough = time.monotonic() >= self._ends_at and self.batches * BATCH >= self._wanted
            if enough or self.wrong:
                return None
            self.batches += 1
        return self._pictures.batch()

    def check(self, batch, ids_and_texts, whole=True):
        """`ids_and_texts` are what was read of the batch; all of it when it is `whole`."""
        expected = {picture_id: text for picture_id, _, text in batch}
        got = [(picture_id, " ".join(text.split())) for picture_id, text in ids_and_texts]
        if whole and [i for i, _ in got] != list(expected):
            self.fail(f"pictures are missing or in another order: {[i for i, _ in got]}")
        for picture_id, text in got:
            if expected[picture_id] != text:
                self.fail(f"{picture_id} reads {text!r} instead of {expected[picture_id]!r}")
        if whole:
            with self._lock:
                self.read += len(got)

    def failed(self, batch, error, tries):
        """The network was too bad for one call of the client: what it had read must be right all the same."""
        self.check(batch, [(r.id, r.text) for r in error.results if r.ok], whole=False)
        if not isinstance(error, (ServiceUnreachable, Unavailable)):
            self.fail(f"a fault of the network was taken for {type(error).__name__}: {error}")
        self.count_error(type(error).__name__)
        if tries == TRIES:
            self.fail(f"{TRIES} times in turn: {error}")

    def count_error(self, name):
        with self._lock:
            self.errors[name] += 1

    def fail(self, what):
        with self._lock:
            self.wrong.append(what)

    def reader(self, name, read):
        """A thread that runs `read` until it ends; an error that it does not expect is wrong."""
        def run():
            try:
                read()
            except Exception as error:
                self.fail(f"{name}: {type(error).__name__}: {error}")

        return threading.Thread(target=run, name=name)


def read_with_threads(run, client):
    while True:
        batch = run.next_batch()
        if batch is None:
            return
        pictures = [(picture_id, data) for picture_id, data, _ in batch]
        for tries in range(1, TRIES + 1):
            try:
                results = client.process_batch(pictures, progress=False)
            except GlyphgateError as error:
                run.failed(batch, error, tries)
                continue
            run.check(batch, [(r.id, r.error or r.text) for r in results])
            break


def read_with_coroutines(run):
    async def reader(client):
        while True:
            batch = run.next_batch()
            if batch is None:
                return
            pictures = [(picture_id, data) for picture_id, data, _ in batch]
            for tries in range(1, TRIES + 1):
                try:
                    results = await client.process_batch(pictures, progress=False)
                except GlyphgateError as error:
                    run.failed(batch, error, tries)
                    continue
                run.check(batch, [(r.id, r.error or r.text) for r in results])
                break

    async def readers():
        async with AsyncOCRClient(run.url, timeout=SILENCE, retry_for=PATIENCE) as client:
            await asyncio.gather(reader(client), reader(client))

    asyncio.run(readers())


def read_with_command(run):
    environment = {**os.environ, "PYTHONPATH": str(CLIENT), "GLYPHGATE_URL": run.url, "PYTHONWARNINGS": "error"}
    while True:
        batch = run.next_batch()
        if batch is None:
            return
        with tempfile.TemporaryDirectory() as folder:
            for picture_id, data, _ in batch:
                (pathlib.Path(folder) / f"{picture_id}.png").write_bytes(data)
            for _ in range(TRIES):
                done = subprocess.run([sys.executable, "-m", "glyphgate", ".", "--format", "json", "--timeout",
                                       str(SILENCE), "--retry-for", str(PATIENCE)], cwd=folder, env=environment,
                                      stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=600)
                if "Traceback" in done.stderr or "Exception" in done.stderr or done.returncode not in (0, 3):
                    run.fail(f"glyphgate-ocr ended with {done.returncode}: {done.stderr}")
                    return
                results = json.loads(done.stdout or "[]")
                run.check(batch, [(r["id"][2:-4], r.get("error") or r["text"]) for r in results], done.returncode == 0)
                if done.returncode == 0:
                    break
                if not re.search("no answer from|: 50[23] ", done.stderr):
                    run.fail(f"a fault of the network was taken for another: {done.stderr}")
                run.count_error(f"exit status {done.returncode}")
            else:
                run.fail(f"glyphgate-ocr failed {TRIES} times in turn: {done.stderr}")


def read_through(proxy, arguments):
    run = Run(proxy.url, arguments.seed, arguments.seconds, arguments.pictures)
    with OCRClient(proxy.url, timeout=SILENCE, retry_for=PATIENCE) as client:
        readers = [run.reader("thread 1", lambda: read_with_threads(run, client)),
                   run.reader("thread 2", lambda: read_with_threads(run, client)),
                   run.reader("coroutines", lambda: read_with_coroutines(run)),
                   run.reader("command", lambda: read_with_command(run))]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    if run.wrong:
        raise Wrong("\n".join(run.wrong[:20]))
    if run.read < arguments.pictures:
        raise Wrong(f"only {run.read} pictures were read")
    return run


def bill(service_url, call_log, run):
    """What was paid, against the ledger and against what the batches need."""
    with OCRClient(service_url) as client:
        ledger = client.get_usage().api_calls_today
    calls = [json.loads(line) for line in call_log.read_text(encoding="utf-8").splitlines()]
    paid = sum(call["kind"] == "annotate" for call in calls)
    needed = run.batches * CALLS_OF_A_BATCH
    told = f"{paid} calls were paid, {ledger} are on the ledger, {needed} were needed"
    if not 0 < paid <= ledger or ledger > needed:
        raise Wrong(told)
    return told


def faults_told(proxy):
    exchanges = sum(proxy.counts.values())
    if exchanges == proxy.counts["none"]:
        raise Wrong("there were no faults")
    return f"{exchanges} exchanges" + "".join(f"\n        {proxy.counts[f]:6} {f}" for f in sorted(proxy.counts))


def main():
    is_long = os.environ.get("GLYPHGATE_LONG") is not None
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("service", metavar="SERVICE")
    parser.add_argument("fake_vision", metavar="FAKE_VISION")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--seconds", type=float, default=600 if is_long else 20)
    parser.add_argument("--pictures", type=int, default=10_000 if is_long else 400)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)

    steps = Steps()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        call_log = folder / "calls"
        with fake_google(os.path.abspath(arguments.fake_vision), folder, "--log", str(call_log)) as environment, \
                Service(os.path.abspath(arguments.service),
                        {**GENEROUS, **environment, "MAX_FRAMES_PER_JOB": str(CALL)}) as service:
            address = urlsplit(service.url)
            runs = []

            def read():
                with FaultyProxy(address.hostname, address.port, arguments.seed) as proxy:
                    begin = time.monotonic()
                    run = read_through(proxy, arguments)
                    runs.append(run)
                    return (f"{run.read} pictures in {time.monotonic() - begin:.0f} s, {faults_told(proxy)}\n"
                            f"        calls of the client that gave up: {dict(run.errors) or 'none'}")

            steps.run("every text is right and in its place", read)
            if runs:
                steps.run("nothing is paid that is not on the ledger", lambda: bill(service.url, call_log, runs[0]))
    print(f"{steps.passed} passed, {steps.failed} failed")
    return 1 if steps.failed else 0


if __name__ == "__main__":
    sys.exit(main())
