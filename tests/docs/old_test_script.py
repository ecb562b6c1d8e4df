"""The black-box test of the Python service, as its clients still run it, against this one in both modes: with
LEGACY_ANSWERS all of it passes, and without exactly that fails which docs/MIGRATION.md says differs."""

import base64
import json
import time
import urllib.error
import urllib.request

from pages import DOCS, check, rows, section
from service import Service
from steps import Wrong

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_PATIENCE = 60
_PAGE, _SECTION = "docs/MIGRATION.md", "What differs"


class Answer:
    """As the script's HTTP library has it: redirects are followed."""

    def __init__(self, answer):
        self.status_code, self.url, self.headers, self.text = answer.status, answer.url, answer.headers, answer.read()

    def json(self):
        return json.loads(self.text)


def _ask(url, body=None, content_type="application/json"):
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data)
    if content_type is None:
        # The library adds a type of its own where none is said; an empty one is none.
        content_type = ""
    if data is not None:
        request.add_header("Content-Type", content_type)
    try:
        with _OPENER.open(request, timeout=_PATIENCE) as answer:
            return Answer(answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal)


def _image(data, name="frame_1"):
    return {"images": [{"id": name, "data": base64.b64encode(data).decode()}]}


def _sample(name):
    return _image((DOCS / "samples" / f"{name}.jpg").read_bytes())


def _poll(url, job):
    deadline = time.monotonic() + _PATIENCE
    while (view := _ask(f"{url}/ocr/jobs/{job}").json())["status"] in ("pending", "processing"):
        check(time.monotonic() < deadline, "the job does not end")
        time.sleep(0.02)
    return view


def _equal(got, expected):
    check(got == expected, f"{got!r} is not {expected!r}")


def a_new_job(url):
    answer = _ask(url + "/ocr/jobs", _sample("caption-en-01"))
    _equal(answer.status_code, 200)
    _equal(answer.json()["status"], "pending")
    view = _poll(url, answer.json()["job_id"])
    _equal(view["status"], "completed")
    _equal(view["result"]["results"][0]["id"], "frame_1")


def the_same_post(url):
    first = _ask(url + "/ocr/jobs", _sample("caption-en-01")).json()
    again = _ask(url + "/ocr/jobs", _sample("caption-en-01"))
    _equal(again.status_code, 200)
    _equal(again.json()["job_id"], first["job_id"])


def data_that_is_no_image(url):
    answer = _ask(url + "/ocr/jobs", _image(b"this is no picture"))
    _equal(answer.status_code, 200)
    job = answer.json()["job_id"]
    _equal(answer.json()["status"], "pending")
    view = _poll(url, job)
    _equal(view["status"], "failed")
    check(isinstance(view["error"], str) and view["error"], "it does not say why")
    _equal(_ask(url + "/ocr/jobs", _image(b"this is no picture")).json()["job_id"], job)


def a_limit(url):
    _ask(url + "/ocr/jobs", _sample("caption-en-01"))
    _ask(url + "/ocr/jobs", _sample("caption-en-02"))
    answer = _ask(url + "/ocr/jobs", _sample("caption-en-03"))
    _equal(answer.status_code, 429)
    detail = answer.json()["detail"]
    check(isinstance(detail, dict) and isinstance(detail["error"], str), f"the detail is {detail!r}")
    _equal(detail["usage"]["minute"], {"current": 2, "limit": 2})


def an_unknown_job(url):
    answer = _ask(url + "/ocr/jobs/0123456789abcdef")
    _equal((answer.status_code, answer.json()), (404, {"detail": "Job not found"}))


def a_request_that_is_wrong(url):
    answer = _ask(url + "/ocr/jobs", {"images": []})
    _equal(answer.status_code, 422)
    detail = answer.json()["detail"]
    check(isinstance(detail, list) and detail[0]["loc"] == ["body", "images"] and detail[0]["msg"],
          f"the detail is {detail!r}")


def numbers_as_strings(url):
    answer = _ask(url + "/capacity", {"width": "666", "height": "64"})
    _equal((answer.status_code, answer.json().get("max_images")), (200, 757))


def json_without_a_type(url):
    answer = _ask(url + "/capacity", {"width": 666, "height": 64}, None)
    _equal((answer.status_code, answer.json().get("max_images")), (200, 757))


def the_version(url):
    for path in ("/", "/health"):
        _equal(_ask(url + path).json()["version"], "2.0.0")


def a_slash_at_the_end(url):
    answer = _ask(url + "/health/")
    _equal((answer.status_code, answer.url), (200, url + "/health"))


def status_pages(url):
    _equal(_ask(url + "/").json()["status"], "healthy")
    for path in ("/health", "/usage"):
        _equal(_ask(url + path).status_code, 200)
    _equal(_ask(url + "/capacity", {"width": 0, "height": 64}).status_code, 422)


#: What differs without LEGACY_ANSWERS, by the words of docs/MIGRATION.md.
_DIFFER = {
    "a new job": a_new_job,
    "data that is no image": data_that_is_no_image,
    "a limit that is reached": a_limit,
    "an unknown job": an_unknown_job,
    "a request that is wrong": a_request_that_is_wrong,
    "numbers as strings": numbers_as_strings,
    "JSON without a type": json_without_a_type,
    "the version": the_version,
}
_SAME = {"the same post": the_same_post, "status pages": status_pages}


def _failing(binary, settings, checks):
    """The names of those that do not pass, and why. Each has a service of its own."""
    failing = {}
    for name, one in checks.items():
        with Service(binary, {"JOBS_PER_MINUTE_LIMIT": "2", **settings}) as service:
            try:
                one(service.url)
            except (Wrong, KeyError, TypeError) as failure:
                failing[name] = f"{type(failure).__name__}: {failure}"
    return failing


def with_legacy_answers(binary):
    checks = _DIFFER | _SAME | {"a slash at the end": a_slash_at_the_end}
    _equal(_failing(binary, {"LEGACY_ANSWERS": "1"}, checks), {})
    return f"{len(checks)} checks"


def without(binary):
    named = {row[0] for row in rows(section(_PAGE, _SECTION))}
    _equal(named, set(_DIFFER))
    _equal(set(_failing(binary, {}, _DIFFER | _SAME)), named)
    return f"{len(named)} differences"
