"""Posts more pictures than two engine calls hold, and checks that they come back read and in order.

    many_pictures.py URL
"""

import pathlib
import sys

from glyphgate import OCRClient

PICTURE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "samples" / "caption-en-01.jpg"
TEXT = PICTURE.with_suffix(".txt").read_text(encoding="utf-8").strip()

with OCRClient(sys.argv[1]) as client:
    total = 2 * client.get_capacity(666, 64).max_images + 1
    told = []
    results = client.process_batch([(str(n), PICTURE) for n in range(total)],
                                   progress=lambda *progress: told.append(progress))
assert [r.id for r in results] == [str(n) for n in range(total)]
assert {r.text.strip() for r in results} == {TEXT}, {r.error or r.text for r in results}
assert told[-1] == (total, total), told
jobs = {r.job_id for r in results}
assert len(jobs) == 3, jobs
print(f"{total} pictures in {len(jobs)} jobs")
