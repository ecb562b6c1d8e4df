"""Speaks to a server over TLS: with its certificate trusted, on a kept connection, and with it not trusted.

    https_check.py URL CERTIFICATE
"""

import ssl
import sys

from glyphgate import NotFound, OCRClient, ServiceUnreachable

url, certificate = sys.argv[1:]


def health_of(client):
    """What comes of the call: the server is no Glyphgate, but it answers."""
    try:
        client.get_health()
    except (NotFound, ServiceUnreachable) as error:
        return error
    raise AssertionError("the server knows /health")


with OCRClient(url, ssl_context=ssl.create_default_context(cafile=certificate)) as trusting:
    for _ in range(2):
        answer = health_of(trusting)
        assert isinstance(answer, NotFound), answer
with OCRClient(url) as distrusting:
    answer = health_of(distrusting)
    assert isinstance(answer, ServiceUnreachable) and "certificate" in str(answer), answer
