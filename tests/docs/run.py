#!/usr/bin/env python3
"""Tests the documents: that links lead somewhere, that examples do what they show, and that names and figures are so.

    tests/docs/run.py BINARY FAKE_VISION        the service, and the server that it takes for Google's

Exit status: 0 when all pass, 1 when some fail, 2 for wrong usage.
"""

import argparse
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support" / "python"))

import claims
import cost
import links
import old_client
import old_test_script
import profiles
from examples import Walkthrough, examples
from pages import all_pages, check
from process import Process
from service import Service
from steps import Steps

_FAKE_LISTENS = re.compile(r"fake_vision listens on https?(://\S+)\n")


def check_links():
    broken, count = links.broken()
    check(not broken, "\n".join(broken))
    return f"{count} links"


def run_examples(steps, binary, fake):
    for page in all_pages():
        found = examples(str(page))
        # The client's page has its own test and its own marks.
        if not found or page.parts[0] == "client":
            continue
        with Walkthrough(binary, fake) as walkthrough:
            for example in found:
                steps.run(example.name, lambda e=example: walkthrough.run(e))


def check_claims(steps):
    for page in ("docs/IMPLEMENTATION_STATUS.md", "docs/MIGRATION.md"):
        steps.run(f"the files and tests of {page}", lambda p=page: f"{claims.evidence(p)} tests named")
    steps.run("the events of docs/OPERATIONS.md",
              lambda: f"{claims.events('docs/OPERATIONS.md', 'The log')} events")
    heading = "Beside the Python service that it replaces"
    steps.run("the figures of README.md",
              lambda: f"{claims.figures('README.md', heading, 'docs/performance.md')} figures")


def run_services(steps, binary, fake):
    with Process([fake, "--blank"]) as stand_in:
        google = {"GOOGLE_API_KEY": "fake-api-key", "no_proxy": "*",
                  "VISION_ENDPOINT": "http" + stand_in.await_line(_FAKE_LISTENS)[1]}
        found = list(profiles.profiles("docs/CONFIG.md"))
        steps.run("the profiles of docs/CONFIG.md", lambda: check(len(found) == 3, f"there are {len(found)} of 3"))
        for name, settings, told in found:
            steps.run(name, lambda s=settings, t=told: profiles.try_out(binary, s, t, google))
        with Service(binary, {}) as service:
            steps.run("docs/COST.md, sizes", lambda: f"{cost.capacities(service.url)} sizes")
        steps.run("docs/COST.md, measured", lambda: f"{cost.measured(binary, google)} ways")
    steps.run("docs/MIGRATION.md, an old client", lambda: old_client.try_out(binary))
    steps.run("docs/MIGRATION.md, the old test script", lambda: old_test_script.with_legacy_answers(binary))
    steps.run("docs/MIGRATION.md, what differs", lambda: old_test_script.without(binary))
    steps.run("docs/MIGRATION.md, the one line", lambda: old_client.without_a_hint(binary))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", metavar="BINARY", help="the service")
    parser.add_argument("fake", metavar="FAKE_VISION", help="the server that it takes for Google's")
    arguments = parser.parse_args()
    binary, fake = (os.path.abspath(path) for path in (arguments.binary, arguments.fake))
    for path in (binary, fake):
        if not os.access(path, os.X_OK):
            parser.error(f"{path} is no program; script/build --tests makes it")

    steps = Steps()
    steps.run("links", check_links)
    check_claims(steps)
    run_examples(steps, binary, fake)
    run_services(steps, binary, fake)
    print(f"{steps.passed} passed, {steps.failed} failed")
    return 1 if steps.failed else 0


if __name__ == "__main__":
    sys.exit(main())
