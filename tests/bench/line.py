"""A connection to the service for asyncio: what many clients at once need, and nothing that slows them down."""
import asyncio
import json


class Wrong(Exception):
    """The service did not do what it should."""


class Line:
    """One kept connection."""

    def __init__(self, port):
        self._port = port
        self._reader = self._writer = None

    async def __aenter__(self):
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**22)
        return self

    async def __aexit__(self, *_):
        self._writer.close()

    async def ask(self, method, path, body=b"", content_type="image/png"):
        """The answer's JSON. Raises Wrong unless the service says 200 or 202."""
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\n"
        if method == "POST":
            head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
        self._writer.write(head.encode() + b"\r\n" + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next(int(line[15:]) for line in answer.split("\r\n") if line.lower().startswith("content-length:"))
        text = await self._reader.readexactly(length)
        if answer.split(" ", 2)[1] not in ("200", "202"):
            raise Wrong(f"{method} {path}: {answer.splitlines()[0]} {text[:300]}")
        return json.loads(text)

    async def post(self, body, content_type="image/png", query=""):
        """The id of the job."""
        return (await self.ask("POST", "/ocr/jobs" + query, body, content_type))["job_id"]

    async def ended(self, job):
        """The job, once it has ended. Raises Wrong unless it is completed."""
        while not (view := await self.ask("GET", f"/ocr/jobs/{job}?wait=55"))["completed_at"]:
            pass
        if view["status"] != "completed":
            raise Wrong(f"a job ended as {view['status']}: {view['error']}")
        return view
