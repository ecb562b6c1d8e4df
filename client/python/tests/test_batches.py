import dataclasses
import unittest

from glyphgate.batches import plan
from glyphgate.form import Wishes, frame_size, job_form, part_size
from glyphgate.pictures import load
from glyphgate.results import Capacity

from .images import png


class Limits:
    """Answers as the service's /capacity does, with its default limits unless told."""

    def __init__(self, height=50000, pixels=50_000_000, file_size=15 << 20, images=950):
        self.asked = []
        self._limits = height, pixels, file_size, images

    def __call__(self, width, height):
        self.asked.append((width, height))
        height_limit, pixels, file_size, images = self._limits
        one = (15.41 * (1 << 20) / 950) * width * height / (666 * 64)
        counts = [(height_limit + 2) // (height + 2), pixels // (width * height), int(file_size // one), images]
        return Capacity(min(counts), *counts, limiting_factor="", estimated_file_size_mb=0)


def pictures(sizes):
    return load([(f"{n}", png(*size)) for n, size in enumerate(sizes)])


class PlanTest(unittest.TestCase):
    def counts(self, sizes, limits, max_body=1 << 30):
        loaded = pictures(sizes)
        jobs = plan(loaded, Wishes(), max_body, limits)
        self.assertEqual([p for job in jobs for p in job], loaded)
        return [len(job) for job in jobs]

    def test_pictures_of_one_size_fill_calls_to_the_last_one(self):
        limits = Limits()
        self.assertEqual(self.counts([(666, 64)] * 1600, limits), [757, 757, 86])
        self.assertEqual(limits.asked, [(666, 64)])
        self.assertEqual(self.counts([(3000, 100)] * 150, Limits()), [131, 19])
        self.assertEqual(self.counts([(1, 1)] * 2000, Limits()), [950, 950, 100])

    def test_those_that_want_to_be_alone_have_jobs_behind_the_others(self):
        alone = dataclasses.replace(pictures([(5, 5)])[0], id="document", alone=True)
        loaded = [*pictures([(666, 64)] * 2), alone]
        for order in ([alone, *loaded[:2]], loaded, [loaded[0], alone, loaded[1]]):
            self.assertEqual(plan(order, Wishes(), 1 << 30, Limits()), [loaded[:2], [alone]])
        limits = Limits()
        self.assertEqual((plan([alone], Wishes(), 1 << 30, limits), limits.asked), ([[alone]], []))

    def test_a_page_among_captions_takes_its_own_share(self):
        sizes = [(666, 64)] * 800
        sizes[400] = (666, 6400)
        self.assertEqual(self.counts(sizes, Limits()), [661, 139])

    def test_narrow_pictures_beside_a_wide_one_count_with_its_width(self):
        # 100 x 100 + 1000 x 100 stacked is 1000 x 200 and no pixel more.
        self.assertEqual(self.counts([(100, 100), (1000, 100), (100, 100)], Limits(pixels=200_000)), [2, 1])

    def test_a_picture_that_fits_no_call_stands_alone(self):
        sizes = [(100, 100), (100, 100), (9000, 9000), (100, 100)]
        self.assertEqual(self.counts(sizes, Limits()), [2, 1, 1])

    def test_where_no_call_holds_a_typical_picture_only_bytes_count(self):
        self.assertEqual(self.counts([(9000, 9000)] * 3, Limits()), [3])

    def test_a_body_holds_what_its_limit_says_to_the_byte(self):
        two = len(job_form([(p.id, p.read()) for p in pictures([(5, 5)] * 2)])[1])
        self.assertEqual(self.counts([(5, 5)] * 5, Limits(), two), [2, 2, 1])
        self.assertEqual(self.counts([(5, 5)] * 5, Limits(), two - 1), [1] * 5)

    def test_pictures_without_a_size_count_by_their_number_alone(self):
        loaded = load([(f"{n}", b"?") for n in range(10_001)])
        self.assertEqual([len(job) for job in plan(loaded, Wishes(), 1 << 30, Limits())], [10_000, 1])

    def test_few_pictures_ask_nothing(self):
        limits = Limits()
        self.assertEqual(self.counts([], limits), [])
        self.assertEqual(self.counts([(5, 5)], limits), [1])
        self.assertEqual(limits.asked, [])


class FormTest(unittest.TestCase):
    def test_sizes_are_exact(self):
        loaded = load([("ä \"b\" \\c", b"12345"), b"", b"xyz"])
        for wishes in (Wishes(), Wishes(["zh", "en"]), Wishes(["zh"], 3600), Wishes(max_delay=0)):
            body = job_form([(p.id, p.read()) for p in loaded], wishes)[1]
            self.assertEqual(len(body), frame_size(wishes) + sum(map(part_size, loaded)))

    def test_no_two_bodies_have_the_same_boundary(self):
        self.assertNotEqual(job_form(())[0], job_form(())[0])
