"""Jobs of caption strips: the samples, as often as wanted, each with other bytes."""
import http.client
import json
import pathlib
import threading

CLIENTS = 16
_SAMPLES = sorted((pathlib.Path(__file__).parent / "../../docs/samples").glob("caption-en-*.jpg"))


def strip(number):
    """A sample with a comment of its own: other bytes, the same work."""
    jpeg = _SAMPLES[number % len(_SAMPLES)].read_bytes()
    comment = b"strip %08d" % number
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def call(connection, method, path, body=None, headers={}):
    """The answer's JSON."""
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status not in (200, 202):
        raise SystemExit(f"{method} {path}: {answer.status} {text[:300]}")
    return json.loads(text)


def connect(port):
    return http.client.HTTPConnection("127.0.0.1", port, timeout=120)


def _post(connection, numbers, query=""):
    parts = [b'--cut\r\nContent-Disposition: form-data; name="files"; filename="%d.jpg"\r\n\r\n%s\r\n' % (n, strip(n))
             for n in numbers]
    body = b"".join(parts) + b"--cut--\r\n"
    return call(connection, "POST", "/ocr/jobs" + query, body,
                {"Content-Type": "multipart/form-data; boundary=cut"})["job_id"]


def _finish(connection, job):
    while True:
        view = call(connection, "GET", f"/ocr/jobs/{job}?wait=55")
        if view["completed_at"]:
            if view["status"] != "completed":
                raise SystemExit(f"a job ended as {view['status']}: {view['error']}")
            return


def in_one_job(port, count, query=""):
    """Posts so many strips in one job, and waits for its end."""
    connection = connect(port)
    _finish(connection, _post(connection, range(count), query))


def in_one_job_at_once(port, count):
    """As in_one_job, but waits for no company."""
    in_one_job(port, count, "?max_delay_seconds=0")


def one_by_one(port, count):
    """Posts a job a strip, from CLIENTS connections, and waits for all."""
    def work(first):
        connection = connect(port)
        jobs = [_post(connection, [n]) for n in range(first, count, CLIENTS)]
        for job in jobs:
            _finish(connection, job)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(CLIENTS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
