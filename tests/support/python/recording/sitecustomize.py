"""Has a Python program write down what it exchanges over HTTP, as tests/support/exchange_record.hpp does: a program that
finds this on its PYTHONPATH does so where GLYPHGATE_EXCHANGES names a file, without its ending. Each process has a file
of its own. All is taken from http.client, which the client under test uses."""

import http.client
import json
import os

_LONGEST_BODY = 128 * 1024
_MOST_BYTES = 32 * 1024 * 1024

_prefix = os.environ.get("GLYPHGATE_EXCHANGES")
_known = set()
_written = 0


def _write_down(method, target, response, body):
    global _written
    what = (response.status, method, target, body)
    if what in _known or _written > _MOST_BYTES:
        return
    _known.add(what)
    exchange = {"test": "", "method": method, "target": target, "status": response.status,
                "headers": [[name.lower(), value] for name, value in response.getheaders()], "bytes": len(body)}
    if len(body) <= _LONGEST_BODY:
        exchange["body"] = body.decode("latin-1")
    line = json.dumps(exchange) + "\n"
    _written += len(line)
    with open(f"{_prefix}.{os.getpid()}.jsonl", "a", encoding="ascii") as file:
        file.write(line)


class _Response(http.client.HTTPResponse):
    """Writes the exchange down when the whole answer has been read."""

    asked = None
    heard = b""

    def read(self, amt=None):
        piece = super().read(amt)
        self.heard += piece
        if self.isclosed() and not self.length and self.asked is not None:
            _write_down(*self.asked, self, self.heard)
            self.asked = None
        return piece


_putrequest_unseen = http.client.HTTPConnection.putrequest
_getresponse_unseen = http.client.HTTPConnection.getresponse


def _putrequest(connection, method, url, *arguments, **options):
    connection.asked = (method, url)
    return _putrequest_unseen(connection, method, url, *arguments, **options)


def _getresponse(connection):
    response = _getresponse_unseen(connection)
    response.asked = connection.asked
    return response


if _prefix:
    http.client.HTTPConnection.response_class = _Response
    http.client.HTTPConnection.putrequest = _putrequest
    http.client.HTTPConnection.getresponse = _getresponse
