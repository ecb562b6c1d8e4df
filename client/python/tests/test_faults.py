"""The table of faults in the README: each is done to OCRClient, to AsyncOCRClient and to glyphgate-ocr."""

import asyncio
import contextlib
import io
import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

from glyphgate import AsyncOCRClient, OCRClient, cli

from .fake_service import FakeService, job_json
from .images import png
from .raw_server import RawServer, answer_with, drip, silent
from .scripted_server import RESET, Reply, ScriptedServer, problem

FOLDER = pathlib.Path(__file__).resolve().parents[1]
HEADING = "| fault | `OCRClient` | `AsyncOCRClient` | `glyphgate-ocr` |\n"
#: A fault that one of the three does not have.
NOTHING = "–"
DRIPPED = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b" " * 100000


def table():
    """{fault: (outcome of OCRClient, of AsyncOCRClient, exit status)} as the README tells it."""
    rows = (FOLDER / "README.md").read_text(encoding="utf-8").split(HEADING)[1].split("\n\n")[0].splitlines()[1:]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]
    return {fault: outcomes for fault, *outcomes in cells}


class Fault:
    """`serve` gives a context manager with the service's URL; `options` are the clients', `call` process_batch's,
    `streams` the redirections of the command. `names` are the pictures' files."""

    def __init__(self, serve, options=None, call=None, arguments=(), streams="", names=("a.png", "b.png", "c.png")):
        self.serve = serve
        self.options = {"retry_for": 0, **(options or {})}
        self.call = call or {}
        self.arguments = arguments
        self.streams = streams
        self.names = names


@contextlib.contextmanager
def nobody():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


def scripted(*replies):
    @contextlib.contextmanager
    def serve():
        with ScriptedServer(list(replies)) as server:
            yield server.url
    return serve


def raw(serve_of):
    @contextlib.contextmanager
    def serve():
        server = RawServer(serve_of(lambda: server))
        with server:
            yield server.url
    return serve


def service(change=lambda service: None, instead=None):
    """The fake service, one picture a job. `instead` takes it and a request, and may give another reply."""
    @contextlib.contextmanager
    def serve():
        with FakeService(max_images=1) as fake:
            change(fake)
            reply = fake._reply
            if instead is not None:
                fake._answer = lambda request: instead(fake, request) or reply(request)
            yield fake.url
    return serve


def once_bad(*bad):
    left = list(bad)
    return lambda *_: left.pop(0) if left else None


def at_third_post(reply):
    return lambda fake, request: reply if request.target == "/ocr/jobs" and len(fake.jobs) == 2 else None


def fates(*those):
    return lambda fake: fake.fates.update(enumerate(those))


def vanish(_, request):
    if request.target == "/capacity":
        os.remove("b.png")


SECOND_JOB_IS_AWAITED = threading.Event()


def note_second_job(_, request):
    if "job1" in request.target:
        SECOND_JOB_IS_AWAITED.set()


NOT_JSON = b"[" * 200_000
FAULTS = {
    "nobody listens": Fault(nobody),
    "every connection is reset": Fault(scripted(RESET)),
    "every answer is cut": Fault(raw(lambda _: answer_with(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"))),
    "the service is silent, or drips a byte at a time": [
        Fault(raw(silent), {"timeout": 0.3}), Fault(raw(lambda of: drip(of, DRIPPED, 0.1)), {"timeout": 0.3})],
    "a reset, a 502, a `Retry-After: 0`, then all is well": Fault(
        lambda: service(instead=once_bad(RESET, problem(502), problem(503, headers={"Retry-After": "0"})))(),
        {"retry_for": 60}),
    "`Retry-After: 0` without end": Fault(scripted(problem(503, headers={"Retry-After": "0"})), {"retry_for": 0.5}),
    "a limit asks to wait longer than `retry_for`": Fault(
        service(instead=at_third_post(problem(429, headers={"Retry-After": "99"}))), {"retry_for": 1}),
    "something else answers: a page, a redirect, JSON of other types, 200,000 brackets": [
        Fault(scripted(reply)) for reply in (Reply(200, b"<html>"), Reply(302, b"", {"Location": "/"}),
                                             Reply(200, {"job_id": 5}), Reply(200, NOT_JSON))],
    "the answer of another job": Fault(service(fates(Reply(200, job_json("other", ids_and_texts=[("a.png", "no")]))))),
    "a refusal that is malformed: `{\"errors\":\"boom\"}`": Fault(scripted(Reply(422, {"errors": "boom"}))),
    "the key is wrong, or is withdrawn in mid-batch": [Fault(scripted(problem(401))),
                                                       Fault(service(instead=at_third_post(problem(401))))],
    "a language is not installed": Fault(
        scripted(problem(422, errors=[{"field": "language_hints", "detail": "xx is not installed"}])),
        call={"language_hints": "xx"}, arguments=("--hints", "xx")),
    "a picture is refused": Fault(service(lambda fake: fake.culprits.update({"b.png": "it is damaged"}))),
    "a job fails, is cancelled, or is forgotten": [
        Fault(service(fates({}, fate))) for fate in ({"status": "failed", "result": None, "error": "no"},
                                                     {"status": "cancelled", "result": None}, problem(404))],
    "a file vanishes in mid-batch": Fault(service(instead=vanish)),
    "a path cannot be an id": Fault(service(), names=("a\nb.png", os.fsdecode(b"\xff.png"))),
    "there is no such file": Fault(service(), names=("a.png", "missing.png")),
    "the `timeout` of the call is over": Fault(service(fates({}, {"status": "processing", "result": None})),
                                               call={"timeout": 0.3}),
    "Ctrl-C, or the coroutine is cancelled": Fault(
        service(fates({}, {"status": "processing", "result": None}), instead=note_second_job)),
    "the disk is full": Fault(service(), streams=">/dev/full"),
    "the reader of the output leaves": Fault(service(), streams="| true"),
    "standard output is closed": Fault(service(), streams=">&-"),
    "standard error is closed or full": [Fault(service(), streams="2>&-"), Fault(service(), streams="2>/dev/full")],
}


class FaultTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)

    def test_the_table_has_every_fault(self):
        self.assertEqual(list(table()), list(FAULTS))

    def test_each(self):
        for name, outcomes in table().items():
            faults = FAULTS[name] if isinstance(FAULTS[name], list) else [FAULTS[name]]
            for fault in faults:
                for outcome, do in zip(outcomes, (self.library, self.coroutine, self.command)):
                    if outcome == NOTHING:
                        continue
                    for file in fault.names:
                        if file != "missing.png":
                            pathlib.Path(file).write_bytes(png(9, 9) + os.fsencode(file))
                    with self.subTest(name, of=do.__name__), fault.serve() as url:
                        self.assertEqual(do(name, fault, url), outcome)

    def library(self, name, fault, url):
        def stop(done, _):
            if name.startswith("Ctrl-C") and done:
                raise KeyboardInterrupt

        with OCRClient(url, **fault.options) as client:
            return self.outcome(fault, lambda: client.process_batch(fault.names, progress=stop, **fault.call))

    def coroutine(self, name, fault, url):
        async def run():
            async with AsyncOCRClient(url, **fault.options) as client:
                begun = asyncio.Event()
                loop = asyncio.get_running_loop()
                task = asyncio.create_task(client.process_batch(
                    fault.names, progress=lambda done, _: done and loop.call_soon_threadsafe(begun.set), **fault.call))
                if name.startswith("Ctrl-C"):
                    await asyncio.wait_for(begun.wait(), 10)
                    task.cancel()
                return await task

        return self.outcome(fault, lambda: asyncio.run(run()))

    def outcome(self, fault, call):
        """As the table names it. What was read must be right, whatever the outcome."""
        try:
            results = call()
        except (Exception, KeyboardInterrupt, asyncio.CancelledError) as error:
            results, outcome = getattr(error, "results", ()), f"`{type(error).__name__}`"
        else:
            self.assertEqual(len(results), len(fault.names))
            outcome = "all is read" if all(r.ok for r in results) else "`error` of the picture"
        read = [r for r in results if r.ok]
        for result in read:
            # A file holds its own name, which an id that was made only resembles.
            self.assertTrue("~" in result.id or result.text.endswith(result.id), (result.id, result.text))
        if outcome == "`error` of the picture":
            self.assertEqual(len(read), len(fault.names) - 1)
        return outcome

    def command(self, name, fault, url):
        times = [word for option in ("timeout", "retry_for") if option in fault.options
                 for word in ("--" + option.replace("_", "-"), str(fault.options[option]))]
        arguments = [*fault.names, "--url", url, *times, *fault.arguments]
        SECOND_JOB_IS_AWAITED.clear()
        if fault.streams or name.startswith("Ctrl-C"):
            return str(self.status_of_process(arguments, fault.streams, name.startswith("Ctrl-C")))
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = cli.main(arguments)
        self.assertEqual(status == 0 or "glyphgate-ocr: " in err.getvalue(), True, err.getvalue())
        return str(status)

    def status_of_process(self, arguments, streams, interrupt):
        if "/dev/full" in streams and not os.path.exists("/dev/full"):
            self.skipTest("no full disk to try")
        words = " ".join(map(shlex.quote, (sys.executable, "-m", "glyphgate", *arguments)))
        script = f"{{ {words}; echo $? >status; }} {streams}" if streams.startswith("|") else f"exec {words} {streams}"
        process = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(FOLDER)})
        if interrupt:
            self.assertTrue(SECOND_JOB_IS_AWAITED.wait(30))
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertNotIn(b"Traceback", out + err)
        if interrupt:
            self.assertIn(b"a.png", out)
        return int(pathlib.Path("status").read_text()) if streams.startswith("|") else process.returncode
