#!/usr/bin/env python3
"""Reads the sample pictures with a running service, and prints what they say.

    client_example.py [URL]          the service; else the environment's GLYPHGATE_URL, else http://127.0.0.1:8000

The environment's GLYPHGATE_API_KEY is the key, where the service asks for one.
Exit status: 0 when every picture was read, 1 when some was not, 2 for wrong usage, 3 without a service.
"""

import os
import pathlib
import sys

from glyphgate import GlyphgateError, OCRClient

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "docs" / "samples"


def main(url):
    english = sorted(SAMPLES.glob("caption-en-*.jpg"))
    chinese = sorted(SAMPLES.glob("caption-zh-*.jpg"))
    others = [SAMPLES / name for name in ("receipt.png", "label.webp", "page.jpg")]

    with OCRClient(url, api_key=os.environ.get("GLYPHGATE_API_KEY") or None) as client:
        health = client.get_health()
        print(f"Glyphgate {health.version} at {url} is {health.status}; it reads with {health.engine}.")
        capacity = client.get_capacity(666, 64)
        print(f"One engine call holds {capacity.max_images} captions of 666 x 64 pixels.\n")

        # The short way: all pictures in, all texts out, in the same order.
        results = client.process_batch(english)
        results += client.process_batch(chinese, language_hints=["zh"])

        # The long way: one job, step by step.
        submission = client.submit_job(others)
        print(f"Job {submission.job_id} is {submission.status}: {submission.message}")
        job = client.wait_for_job(submission.job_id)
        print(f"It cost {job.result.api_calls} engine calls and took {job.processing_time_ms or 0} ms.\n")
        results += job.result.results

        for result in results:
            lines = (result.error or result.text).strip().splitlines() or [""]
            print(f"{result.id:<20}{lines[0]}")
            for line in lines[1:]:
                print(f"{'':<20}{line}")

        usage = client.get_usage()
        print(f"\n{sum(r.ok for r in results)} of {len(results)} pictures were read. "
              f"Today: {usage.api_calls_today} of {usage.limits.per_day} engine calls, "
              f"about {usage.cost.estimated_usd:.4f} USD; {usage.cost.saved_usd:.4f} USD saved.")
    return 0 if all(r.ok for r in results) else 1


if __name__ == "__main__":
    if len(sys.argv) > 2 or sys.argv[1:2] == ["--help"]:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    address = sys.argv[1] if len(sys.argv) == 2 else os.environ.get("GLYPHGATE_URL") or "http://127.0.0.1:8000"
    try:
        sys.exit(main(address))
    except GlyphgateError as error:
        print(f"client_example.py: {error}", file=sys.stderr)
        sys.exit(3)
