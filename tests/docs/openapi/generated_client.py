#!/usr/bin/env python3
"""Generates a client of docs/openapi.yaml in TypeScript, compiles it strictly, and runs a job with it under node.

    generated_client.py PACKAGES OPENAPI_JSON BINARY        the folder for npm's packages, the description, the service

Exit status: 0 when all goes well, 1 otherwise, 77 where npm's packages cannot be had.
"""

import base64
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "support" / "python"))

import npm_packages
from service import GENEROUS, Service
from steps import Steps, Wrong

PICTURE = HERE.parents[2] / "docs" / "samples" / "caption-en-01.jpg"
TEXT = "The last train leaves at midnight."
PATIENCE = 120


def run(command, folder, said=""):
    done = subprocess.run(command, cwd=folder, input=said, capture_output=True, encoding="utf-8", timeout=PATIENCE,
                          check=False)
    if done.returncode != 0:
        raise Wrong(f"exit status {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def run_job(folder, url):
    picture = base64.b64encode(PICTURE.read_bytes()).decode()
    told = run(["node", "out/client.js", url], folder, picture)
    if TEXT not in told:
        raise Wrong(f"it read {told}")
    return told


def finds_a_wrong_use(programs, folder):
    """Types that let everything pass would prove nothing."""
    text = (HERE / "npm" / "client.ts").read_text(encoding="utf-8")
    for right, wrong in (('dry_run: "true"', "dry_run: true"), ("image.char_count", "image.characterCount"),
                         ('client.DELETE("/ocr/jobs/{id}"', 'client.DELETE("/ocr/jobs"')):
        if right not in text:
            raise Wrong(f"client.ts does not hold {right}")
        text = text.replace(right, wrong)
    (folder / "client.ts").write_text(text, encoding="utf-8")
    done = subprocess.run([programs / "tsc", "--noEmit"], cwd=folder, capture_output=True, encoding="utf-8",
                          timeout=PATIENCE, check=False)
    lines = {line.partition("(")[2].partition(",")[0] for line in done.stdout.splitlines() if "error TS" in line}
    if len(lines) != 3:
        raise Wrong(f"of three faults, it finds those of the lines {sorted(lines)}:\n{done.stdout}")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    folder, description, binary = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    try:
        programs = npm_packages.bring(folder, HERE / "npm")
    except npm_packages.Missing as reason:
        npm_packages.skip(reason)
    steps = Steps()
    steps.run("openapi-typescript", lambda: run([programs / "openapi-typescript", description, "-o", "schema.d.ts"], folder))
    shutil.copy(HERE / "npm" / "tsconfig.json", folder)
    steps.run("tsc finds a wrong use", lambda: finds_a_wrong_use(programs, folder))
    shutil.copy(HERE / "npm" / "client.ts", folder)
    steps.run("tsc --strict", lambda: run([programs / "tsc"], folder))
    with Service(str(binary), {**GENEROUS, "OCR_ENGINE": "local"}) as service:
        steps.run("a job", lambda: run_job(folder, service.url))
    print(f"{steps.passed} passed, {steps.failed} failed")
    return 1 if steps.failed else 0


if __name__ == "__main__":
    sys.exit(main())
