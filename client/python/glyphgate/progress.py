"""Shows how far a batch is: with tqdm where it is installed, else in a line. On standard error, if that is a
terminal."""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from typing import Any, Callable, Iterator, Optional, TextIO, Union


@contextmanager
def open_progress(total: int, wanted: Union[bool, Callable[[int, int], None]]) -> Iterator[Callable[[int], None]]:
    """Gives a function that takes the number of pictures done so far."""
    if not isinstance(wanted, bool):
        tell = wanted
        yield lambda done: tell(done, total)
    elif not wanted or total == 0 or not is_terminal(sys.stderr):
        yield lambda done: None
    else:
        bar = _tqdm_bar(total) or _Line(total)
        try:
            yield lambda done: _if_possible(lambda: bar.show(done))
        finally:
            _if_possible(bar.close)


def is_terminal(stream: Optional[TextIO]) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False  # it is closed


def _if_possible(show: Callable[[], object]) -> None:
    """A terminal that has gone is no reason to end a batch."""
    try:
        show()
    except (OSError, ValueError):
        pass


class _Line:
    def __init__(self, total: int) -> None:
        self._total = total

    def show(self, done: int) -> None:
        sys.stderr.write(f"\r{done} of {self._total} pictures")
        sys.stderr.flush()

    def close(self) -> None:
        sys.stderr.write("\n")


class _TqdmBar:
    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def show(self, done: int) -> None:
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


def _tqdm_bar(total: int) -> Any:
    try:
        # Not an import statement: whether the module and its types are there depends on the machine.
        tqdm = importlib.import_module("tqdm").tqdm
    except ImportError:
        return None
    return _TqdmBar(tqdm(total=total, unit="picture"))
