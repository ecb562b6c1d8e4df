"""How long an exchange waits for the other side."""

from __future__ import annotations

import math
import time
from typing import Optional

# Bytes a second. What is slower than this on the average counts as silent.
_SLOWEST = 4096
# Seconds; about as much as the operating systems take.
_LONGEST = 1e6


def checked_seconds(name: str, value: Optional[float]) -> float:
    """`value`, or infinity for None. Raises ValueError for what is no length of time."""
    if value is None:
        return math.inf
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        raise ValueError(f"{name} is {value!r}; it must be a number of seconds, or None for no bound")
    return float(value)


def checked_delay(value: Optional[int]) -> Optional[int]:
    """`value`. Raises ValueError for what is neither a whole number of seconds nor None."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise ValueError(f"max_delay is {value!r}; it must be a whole number of seconds, or None")
    return value


class Patience:
    """Bounds one phase of an exchange: to connect, to send, or to receive.

    The other side may be silent for `silence` seconds at a time. A side that goes on sending or taking only a few bytes
    at a time is never silent, so it must also keep to a rate: the phase may take `silence` seconds and one second more
    for every 4 KiB. Neither goes beyond `deadline`.
    """

    def __init__(self) -> None:
        #: A time.monotonic(), or infinity.
        self.deadline = math.inf
        self.begin(math.inf)

    def begin(self, silence: float, before_first: float = 0) -> None:
        """Begins a phase, in which the first byte may take `before_first` seconds more than later ones."""
        self._silence = silence
        self._before_first = before_first
        self._heard_at = time.monotonic()
        self._ends_at = self._heard_at + silence

    def made_progress(self, size: int) -> None:
        """`size` bytes came or went."""
        now = time.monotonic()
        if self._before_first:
            self._before_first = 0
            self._ends_at = now + self._silence
        self._heard_at = now
        self._ends_at += size / _SLOWEST

    def left(self) -> float:
        """The seconds that may still pass, more than 0, as settimeout takes them. Raises TimeoutError when none is
        left."""
        ends_at = min(self._heard_at + self._silence, self._ends_at) + self._before_first
        seconds = min(ends_at, self.deadline) - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("timed out")
        return min(seconds, _LONGEST)
