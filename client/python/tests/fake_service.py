"""A service that reads no picture, but speaks the API: its text of a picture is the first 100 of its bytes."""

import json
import re
import urllib.parse

from .scripted_server import Reply, ScriptedServer, problem


def form_parts(request):
    """[(field name, file name or None, content)] of a multipart body."""
    boundary = b"--" + request.headers["Content-Type"].split("boundary=")[1].encode()
    parts = request.body.split(boundary)
    assert parts[0] == b"" and parts[-1] == b"--\r\n"
    result = []
    for part in parts[1:-1]:
        head, content = part.split(b"\r\n\r\n", 1)
        assert head.startswith(b"\r\n") and content.endswith(b"\r\n")
        name = re.search(r'name="([^"]*)"', head.decode())[1]
        file_name = re.search(r'filename="((?:[^"\\]|\\.)*)"', head.decode())
        result.append((name, file_name and re.sub(r"\\(.)", r"\1", file_name[1]), content[:-2]))
    return result


def job_json(job_id, status="completed", ids_and_texts=(), error=None, confidence=0.9, **changes):
    results = [{"id": i, "text": text, "char_count": len(text),
                "characters": [{"text": c, "bbox": {"x": n, "y": 2, "width": 3, "height": 4}, "confidence": confidence}
                               for n, c in enumerate(text)]} for i, text in ids_and_texts]
    return {"job_id": job_id, "status": status, "created_at": "2026-01-05T10:30:00.123Z", "started_at": None,
            "completed_at": None, "expires_at": None, "processing_time_ms": None, "images_count": len(results),
            "progress": {"images_done": len(results), "images_total": len(results)}, "error": error,
            "result": {"results": results, "processing_time_ms": None,
                       "total_characters": sum(r["char_count"] for r in results), "images_processed": len(results),
                       "api_calls": 1, "images_from_cache": 0} if status == "completed" else None, **changes}


class FakeService(ScriptedServer):
    """`jobs` has the ids of the pictures of every accepted job, in order."""

    def __init__(self, max_images=1000, max_body=1 << 30):
        super().__init__(self._reply)
        self.max_images = max_images
        self.max_body = max_body
        #: By id of a picture: the problem that the service has with it when it is posted.
        self.culprits = {}
        #: By position of a job: how its view differs, or a Reply instead of it.
        self.fates = {}
        #: Replies to the next posts, before any is accepted.
        self.refusals = []
        self.jobs = []
        self.hints = []
        self.delays = []
        self.on_errors = []
        self.near_duplicates = []
        #: By position of a job: its other fields.
        self.other_fields = []
        #: The answer to GET /health.
        self.health = {}
        #: The answer to a dry run.
        self.quote = {}
        #: Replies to exports, by target; a path stands for all its forms.
        self.exports = {}
        self._views = {}

    def _reply(self, request):
        if request.target == "/capacity":
            return Reply(200, self._capacity(**json.loads(request.body)))
        if request.method == "POST" and request.target == "/ocr/jobs":
            return self._post(request)
        if request.target == "/ocr/jobs?dry_run=true":
            return Reply(200, self.quote)
        if request.target == "/health":
            return Reply(200, self.health)
        if request.target == "/":
            return Reply(200, {"engine": self.health["engine"]})
        path, _, query = request.target.partition("?")
        if query.startswith("format="):
            return self._export(path, query)
        return self._views[path]

    def _export(self, path, query):
        told = self.exports.get(f"{path}?{query}") or self.exports.get(path)
        # What is said is what was asked for.
        return told or Reply(200, f"<{query[7:]} of {urllib.parse.unquote(path[len('/ocr/jobs/'):])}>\n".encode(),
                             {"Content-Type": "text/plain"})

    def _capacity(self, width, height):
        # All four limits are reached by the same number of pictures of that size.
        n = self.max_images
        return {"max_images": n, "limits": {"by_height": n, "by_pixels": n, "by_file_size": n, "by_config": n},
                "limiting_factor": "config_limit", "estimated_file_size_mb": 1.0}

    def _post(self, request):
        if self.refusals:
            return self.refusals.pop(0)
        if len(request.body) > self.max_body:
            return problem(413, "body-too-large", limit={"name": "max_body_mb", "value": 1})
        parts = form_parts(request)
        pictures = [(file_name, content[:100].decode("latin-1")) for _, file_name, content in parts if file_name]
        errors = [{"image": i, "detail": self.culprits[i]} for i, _ in pictures if i in self.culprits]
        if errors:
            return problem(422, "invalid-request", errors=errors)
        job_id = f"job{len(self.jobs)}"
        fate = self.fates.get(len(self.jobs), {})
        self.jobs.append([i for i, _ in pictures])
        self.hints.append([content.decode() for name, _, content in parts if name == "language_hints"])
        self.delays.append([content.decode() for name, _, content in parts if name == "max_delay_seconds"])
        self.on_errors.append([content.decode() for name, _, content in parts if name == "on_error"])
        self.near_duplicates.append([content.decode() for name, _, content in parts if name == "near_duplicates"])
        self.other_fields.append({name: content.decode() for name, file_name, content in parts if not file_name})
        self._views[f"/ocr/jobs/{job_id}"] = fate if isinstance(fate, Reply) else Reply(
            200, {**job_json(job_id, ids_and_texts=pictures), **fate})
        return Reply(202, {"job_id": job_id, "status": "pending", "message": "The job is accepted."})
