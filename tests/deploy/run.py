#!/usr/bin/env python3
"""Runs the tests of what deploys the service: fly.toml, the container's files, the scripts, the workflows.

    tests/deploy/run.py BINARY [TEST ...]      e.g.  tests/deploy/run.py build/dev/glyphgate test_smoke
"""

import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent


def main(arguments):
    if not arguments or not pathlib.Path(arguments[0]).is_file():
        sys.exit(__doc__)
    os.environ["GLYPHGATE_BINARY"] = str(pathlib.Path(arguments[0]).resolve())
    # What a developer's shell holds must not reach the scripts under test.
    for name in ("GLYPHGATE_API_KEY", "SMOKE_SECONDS", "FLY_API_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS_JSON"):
        os.environ.pop(name, None)
    # The scripts take the Python that runs the tests.
    os.environ["PATH"] = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    sys.path.insert(0, str(HERE))
    loader = unittest.TestLoader()
    tests = loader.loadTestsFromNames(arguments[1:]) if arguments[1:] else loader.discover(str(HERE))
    return 0 if unittest.TextTestRunner(verbosity=2).run(tests).wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
