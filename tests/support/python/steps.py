"""The steps of a test run, told and counted."""

import subprocess
import time


class Wrong(Exception):
    """What a step found wrong."""


class Steps:
    """Runs one after the other, tells of each, and counts."""

    def __init__(self):
        self.passed = self.failed = 0

    def run(self, name, step):
        """`step` returns a remark or nothing, or raises."""
        begin = time.monotonic()
        try:
            remark = step()
        except (Wrong, OSError, RuntimeError, ValueError, KeyError, subprocess.TimeoutExpired) as failure:
            self.failed += 1
            print(f"FAILED  {name}\n{type(failure).__name__}: {failure}", flush=True)
        else:
            self.passed += 1
            print(f"ok      {name:<44}{time.monotonic() - begin:6.1f} s   {remark or ''}".rstrip(), flush=True)
