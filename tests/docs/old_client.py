"""What clients of the Python service sent and read, against this one: docs/MIGRATION.md."""

import base64
import time

from pages import DOCS, check
from service import Service
from web import call

_PATIENCE = 60
_HEALTH = {
    "status": str, "version": str, "google_cloud_available": bool,
    "circuit_breaker": {"state": str, "failures": int, "threshold": int, "last_failure": (int, type(None))},
    "job_storage": {"total_jobs": int, "by_status": dict, "ttl_seconds": int},
    "config": {
        "cost_protection": {"daily_api_calls_limit": int, "jobs_per_minute": int, "jobs_per_hour": int},
        "technical_limits": {"max_frames_per_job": int, "height_limit_px": int, "file_size_limit_mb": int,
                             "pixel_limit": int},
        "job_management": {"result_ttl_seconds": int, "max_concurrent_jobs": int},
        "circuit_breaker": {"threshold": int, "timeout_seconds": int},
        "google_cloud": {"credentials_configured": bool},
    },
}
_ROOT = {"service": str, "version": str, "status": str, "google_cloud_available": bool}
_USAGE = {
    "usage": {"jobs_last_minute": int, "jobs_last_hour": int, "jobs_today": int, "api_calls_today": int,
              "oldest_job_today": (str, type(None))},
    "limits": {"per_minute": int, "per_hour": int, "per_day": int},
}
_SUBMISSION = {"job_id": str, "status": str, "message": str}
_JOB = {
    "job_id": str, "status": str, "created_at": str, "started_at": str, "completed_at": str, "processing_time_ms": int,
    "images_count": int, "error": type(None),
    "result": {"results": list, "processing_time_ms": int, "total_characters": int, "images_processed": int},
}
_IMAGE = {"id": str, "text": str, "char_count": int, "characters": list}
_CHARACTER = {"text": str, "bbox": {"x": int, "y": int, "width": int, "height": int}}
_CAPACITY = {"max_images": 757, "limits": {"by_height": 757, "by_pixels": 1173, "by_file_size": 924, "by_config": 950},
             "limiting_factor": "height", "estimated_file_size_mb": 12.28}
_REFUSAL = {"error": str, "usage": {window: {"current": int, "limit": int} for window in ("minute", "hour", "day")}}


def _has(value, shape, where):
    """The members of the shape are there, with their types; there may be more."""
    if isinstance(shape, dict):
        check(isinstance(value, dict), f"{where} is no object")
        for name, inner in shape.items():
            check(name in value, f"{where} has no {name}")
            _has(value[name], inner, f"{where}.{name}")
    else:
        check(isinstance(value, shape), f"{where} is {value!r}")


def _job_of(*names):
    return {"images": [{"id": name, "data": base64.b64encode((DOCS / "samples" / f"{name}.jpg").read_bytes()).decode()}
                       for name in names]}


def _poll(url, job):
    """As it polled: without waiting at the service."""
    deadline = time.monotonic() + _PATIENCE
    while (view := call(f"{url}/ocr/jobs/{job}").body)["status"] in ("pending", "processing"):
        check(time.monotonic() < deadline, "the job does not end")
        time.sleep(0.01)
    return view


def _a_job(url):
    names = ["caption-en-01", "caption-en-02"]
    posted = call(url + "/ocr/jobs", _job_of(*names))
    check(posted.status == 202, f"POST is answered with {posted.status}")
    _has(posted.body, _SUBMISSION, "the submission")
    view = _poll(url, posted.body["job_id"])
    _has(view, _JOB, "the job")
    check(view["status"] == "completed", f"it is {view['status']}")
    results = view["result"]["results"]
    check([r["id"] for r in results] == names, "the pictures come in another order")
    for result in results:
        _has(result, _IMAGE, result["id"])
        check(len(result["characters"]) == result["char_count"] > 0, "the characters are not counted")
        for character in result["characters"]:
            _has(character, _CHARACTER, "a character")
    again = call(url + "/ocr/jobs", _job_of(*names))
    check((again.status, again.body["job_id"], again.body["status"]) == (200, view["job_id"], "completed"),
          "the same job again is another one")


def _status_pages(url):
    _has(call(url + "/").body, _ROOT, "/")
    _has(call(url + "/health").body, _HEALTH, "/health")
    _has(call(url + "/usage").body, _USAGE, "/usage")
    capacity = call(url + "/capacity", {"width": 666, "height": 64}).body
    check({name: capacity.get(name) for name in _CAPACITY} == _CAPACITY, "/capacity tells other numbers")


def _refusals(url):
    check(call(url + "/ocr/jobs/0123456789abcdef").status == 404, "an unknown job is there")
    check(call(url + "/ocr/jobs", {"images": []}).status == 422, "a job without images is taken")
    foreign = {"images": [{"id": "a", "data": "*" + base64.b64encode(bytes(100)).decode()}]}
    check(call(url + "/ocr/jobs", foreign).status == 422, "what is no base64 is taken")
    wrapped = {"images": [{"id": "a", "data": base64.encodebytes(bytes(100)).decode()}]}
    check(call(url + "/ocr/jobs", wrapped).status == 415, "base64 with line breaks is not read")
    check(call(url + "/ocr/jobs", _job_of("caption-en-03")).status == 202, "the second job is refused")
    refused = call(url + "/ocr/jobs", _job_of("caption-en-04"))
    check(refused.status == 429 and refused.headers["Retry-After"], "no limit is reached")
    _has(refused.body, _REFUSAL, "the refusal")


def try_out(binary):
    """Posts, polls and reads as they did."""
    with Service(binary, {"JOBS_PER_MINUTE_LIMIT": "2"}) as service:
        _status_pages(service.url)
        _a_job(service.url)
        _refusals(service.url)


def without_a_hint(binary):
    """The one line: Chinese for jobs that do not ask for it, as it was hard-coded."""
    with Service(binary, {"OCR_ENGINE": "tesseract", "TESSERACT_LANGUAGES": "chi_sim"}) as service:
        job = call(service.url + "/ocr/jobs", _job_of("caption-zh-01")).body["job_id"]
        text = _poll(service.url, job)["result"]["results"][0]["text"]
    expected = (DOCS / "samples" / "caption-zh-01.txt").read_text(encoding="utf-8")
    check("".join(text.split()) == "".join(expected.split()), f"it read {text}")
