"""Requests to a service on this machine, whatever proxy the environment names."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_PATIENCE = 90


@dataclass(frozen=True)
class Answer:
    status: int
    headers: object
    body: object


def call(url, body=None, content_type="application/json"):
    """GET, or POST of a body: bytes, or what becomes JSON."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": content_type} if data is not None else {})
    try:
        with _OPENER.open(request, timeout=_PATIENCE) as answer:
            return Answer(answer.status, answer.headers, json.load(answer))
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, refusal.headers, json.load(refusal))
