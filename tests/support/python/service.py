"""The service under test and, for the Google engine, the server that it takes for Google's."""

import contextlib
import pathlib
import re
import tempfile
import time
import urllib.request

from process import PATIENCE, Process

_STARTED = re.compile(r" started .*\bport=(\d+)\b.*\n")
_FAKE_LISTENS = re.compile(r"fake_vision listens on (\S+)\n")

#: More jobs than any run posts.
GENEROUS = {"JOBS_PER_MINUTE_LIMIT": "100000", "JOBS_PER_HOUR_LIMIT": "100000", "DAILY_API_CALLS_LIMIT": "100000"}


@contextlib.contextmanager
def fake_google(binary, folder, *options):
    """The environment of a service that takes the fake for Google's, run with these options."""
    account, certificate = folder / "account.json", folder / "ca.pem"
    command = [binary, *options, "--write-credentials", str(account), "--write-ca", str(certificate)]
    with Process(command) as fake:
        url = fake.await_line(_FAKE_LISTENS)[1]
        yield {"OCR_ENGINE": "google", "GOOGLE_APPLICATION_CREDENTIALS": str(account),
               "VISION_ENDPOINT": re.sub("^http:", "https:", url), "VISION_CA_FILE": str(certificate),
               "no_proxy": "127.0.0.1"}


class Service(contextlib.AbstractContextManager):
    """A service of its own store, on a free port, that is ready."""

    def __init__(self, binary, environment):
        self._folder = tempfile.TemporaryDirectory(prefix="glyphgate-client-")
        self.process = Process([binary], {"HOST": "127.0.0.1", "PORT": "0", "LOG_FORMAT": "text", "LOG_LEVEL": "info",
                                          "DATA_DIR": str(pathlib.Path(self._folder.name) / "data"), **environment})
        try:
            self.url = f"http://127.0.0.1:{self.process.await_line(_STARTED)[1]}"
            self._await_readiness()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.process.__exit__()
        self._folder.cleanup()

    def _await_readiness(self):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with opener.open(self.url + "/readyz", timeout=PATIENCE):
                    return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"the service is not ready: {error}\n{self.process.log()}") from error
                time.sleep(0.01)
