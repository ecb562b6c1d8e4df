#!/usr/bin/env python3
"""Lints docs/openapi.yaml by redocly, with the rules of docs/redocly.yaml.

    lint.py PACKAGES        the folder for npm's packages, which are brought there

Exit status: 0 when nothing is wrong, 1 otherwise, 77 where npm's packages cannot be had.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "support" / "python"))

import npm_packages

DOCS = HERE.parents[2] / "docs"


def lint(redocly, description):
    """Whether it is in order, and what the linter says."""
    done = subprocess.run([redocly, "lint", "--config", DOCS / "redocly.yaml", "--format", "stylish", description],
                          env={**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
                          capture_output=True, encoding="utf-8", timeout=120, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        redocly = npm_packages.bring(pathlib.Path(sys.argv[1]), HERE / "npm") / "redocly"
    except npm_packages.Missing as reason:
        npm_packages.skip(reason)
    in_order, told = lint(redocly, DOCS / "openapi.yaml")
    print(told)
    # A linter that finds nothing in a description with a fault has not read it.
    text = (DOCS / "openapi.yaml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        faulty = pathlib.Path(folder) / "openapi.yaml"
        faulty.write_text(text.replace("operationId: listJobs", "operationId: submitJob"), encoding="utf-8")
        found_none, _ = lint(redocly, faulty)
    if found_none:
        print("the linter does not find an operationId that is there twice")
    return 0 if in_order and not found_none else 1


if __name__ == "__main__":
    sys.exit(main())
