import io
import sys
import types
import unittest
from unittest import mock

from glyphgate.progress import open_progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


class BrokenTerminal(Terminal):
    def write(self, _):
        raise OSError("the terminal is gone")


class FakeTqdm:
    made = []

    def __init__(self, total, unit):
        self.total, self.unit, self.n, self.closed = total, unit, 0, False
        FakeTqdm.made.append(self)

    def update(self, more):
        self.n += more

    def close(self):
        self.closed = True


class ProgressTest(unittest.TestCase):
    def shown(self, stream, tqdm, wanted=True):
        with mock.patch.dict(sys.modules, {"tqdm": tqdm}), mock.patch("sys.stderr", stream):
            with open_progress(3, wanted) as report:
                report(1)
                report(3)
        return stream.getvalue()

    def test_a_line_on_a_terminal_without_tqdm(self):
        self.assertEqual(self.shown(Terminal(), None), "\r1 of 3 pictures\r3 of 3 pictures\n")

    def test_tqdm_where_it_is_installed(self):
        self.assertEqual(self.shown(Terminal(), types.SimpleNamespace(tqdm=FakeTqdm)), "")
        bar = FakeTqdm.made.pop()
        self.assertEqual((bar.total, bar.unit, bar.n, bar.closed), (3, "picture", 3, True))

    def test_a_standard_error_that_is_none_or_gone_shows_nothing(self):
        closed = io.StringIO()
        closed.close()
        for stream in (None, closed, BrokenTerminal()):
            for tqdm in (None, types.SimpleNamespace(tqdm=FakeTqdm)):
                with mock.patch.dict(sys.modules, {"tqdm": tqdm}), mock.patch("sys.stderr", stream):
                    with open_progress(3, True) as report:
                        report(1)
        FakeTqdm.made.clear()

    def test_nothing_elsewhere(self):
        self.assertEqual(self.shown(io.StringIO(), types.SimpleNamespace(tqdm=FakeTqdm)), "")
        self.assertEqual(self.shown(Terminal(), types.SimpleNamespace(tqdm=FakeTqdm), wanted=False), "")
        self.assertEqual(FakeTqdm.made, [])
