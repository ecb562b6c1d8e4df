#!/usr/bin/env python3
"""Tests of what draws, reads and judges the test pictures. They need none of the packages that sets are drawn from; those
that draw are skipped where there is no python3-pil.
"""

import importlib.util
import math
import pathlib
import random
import tempfile
import unittest
from unittest import mock

import calibrate
import calibration
import curve_plot
import evaluate
import margin_plot
import metrics
import near_duplicates
import sets

_DRAWS = importlib.util.find_spec("PIL") is not None
if _DRAWS:
    from PIL import Image

    import draw
    import kinds
    import materials


class Metrics(unittest.TestCase):
    def test_runs_of_space_and_full_width_forms_are_one(self):
        self.assertEqual(metrics.normalised(" a \n b　ｃ！“d”，"), 'a b c!"d",')

    def test_distance_counts_insertions_deletions_and_replacements(self):
        for truth, reading, wanted in [("", "", 0), ("abc", "", 3), ("", "ab", 2), ("abc", "abc", 0), ("abc", "axc", 1),
                                       ("abc", "ac", 1), ("abc", "abxc", 1), ("kitten", "sitting", 3), ("大人", "太人", 1)]:
            self.assertEqual(metrics.distance(truth, reading), wanted, (truth, reading))

    def test_alignment_agrees_with_the_distance(self):
        rng = random.Random(1)
        for _ in range(300):
            truth, reading = ("".join(rng.choices("ab", k=rng.randrange(9))) for _ in range(2))
            right, missed = metrics.right_characters(truth, reading)
            self.assertEqual(len(right), len(reading))
            replaced_or_inserted = right.count(False)
            self.assertEqual(missed + replaced_or_inserted, metrics.distance(truth, reading), (truth, reading))

    def test_an_inserted_character_is_wrong_and_its_neighbours_are_not(self):
        self.assertEqual(metrics.right_characters("abc", "abxc"), ([True, True, False, True], 0))
        self.assertEqual(metrics.right_characters("abc", "ac"), ([True, True], 1))

    def test_a_score_counts_text_in_empty_pictures_apart(self):
        score = metrics.Score()
        for truth, reading in [("abcd", "abcx"), ("ab", "a b"), ("", "x"), ("", " \n"), ("cd", "cd")]:
            score.add(truth, reading)
        self.assertEqual((score.pictures, score.characters, score.errors, score.exact, score.empty, score.found),
                         (5, 8, 3, 2, 2, 1))
        self.assertIsNone(metrics.Score().error_rate())


class Calibration(unittest.TestCase):
    @staticmethod
    def engine(rng, count):
        """One that is right as often as the square of what it says."""
        given = [rng.random() for _ in range(count)]
        return [(c, rng.random() < c * c) for c in given]

    def test_pools_do_not_fall_and_keep_the_mean(self):
        rng = random.Random(2)
        values = [(i, rng.randint(1, 9), rng.random()) for i in range(50)]
        pools = calibration.isotonic(values)
        self.assertTrue(all(a[2] < b[2] for a, b in zip(pools, pools[1:])))
        self.assertAlmostEqual(sum(w * m for _, w, m in pools), sum(w * m for _, w, m in values))

    def test_a_table_rises_and_finds_what_is_true(self):
        rng = random.Random(3)
        table = calibration.fitted(self.engine(rng, 40000))
        self.assertLessEqual(len(table), calibration.KNOTS)
        self.assertEqual((table[0], table[-1][0]), ((0.0, 0.0), 1.0))
        self.assertTrue(all(a[0] < b[0] and a[1] < b[1] for a, b in zip(table, table[1:])), table)
        for raw in (0.2, 0.5, 0.8, 0.95):
            self.assertAlmostEqual(calibration.applied(table, raw), raw * raw, delta=0.03)

    def test_a_table_has_an_inverse(self):
        table = calibration.fitted(self.engine(random.Random(4), 5000))
        for raw in (0.0, 0.1, 0.77, 0.999, 1.0):
            there = calibration.applied(table, raw)
            self.assertAlmostEqual(calibration.applied(calibration.inverse(table), there), raw, places=6)

    def test_every_character_is_in_one_bin(self):
        pairs = [(0.0, False), (0.5, True), (0.99, True), (0.99, False), (1.0, True)]
        rows = calibration.reliability(pairs)
        self.assertEqual(sum(count for _, _, count, _, _ in rows), len(pairs))
        self.assertIn((0.985, 0.995, 2, 0.99, 0.5), rows)

    def test_symbols_are_judged_at_their_places(self):
        read = {"symbols": [{"t": "a", "c": 0.9}, {"t": "x", "c": 0.2}, {"t": "ｃ", "c": 0.8}]}
        self.assertEqual(calibration.judged("ab c", read), [(0.9, True), (0.2, False), (0.8, True)])


class Curve(unittest.TestCase):
    def test_points_count_what_is_answered_and_what_of_it_is_wrong(self):
        judged = [(0.99, True), (0.95, False), (0.9, True), (1.0, True)]
        self.assertEqual(calibrate.operating_points(judged, (0.5, 0.95, 0.99, 1.1)),
                         [(0.5, 1.0, 0.25), (0.95, 0.75, 1 / 3), (0.99, 0.5, 0.0), (1.1, 0.0, 0.0)])

    def test_a_strip_is_as_sure_as_its_least_character_and_one_without_text_is_sure(self):
        self.assertEqual(calibrate.least_confidence({"symbols": [{"t": "a", "c": 0.9}, {"t": "b", "c": 0.7}]}), 0.7)
        self.assertEqual(calibrate.least_confidence({"symbols": []}), 1.0)

    def test_sets_are_grouped_by_their_language(self):
        read = [(name, "a", {"text": text, "symbols": [{"t": text, "c": 0.99}]})
                for name, text in (("photo-en", "a"), ("plain-en", "b"), ("photo-zh", "a"), ("empty", "x"))]
        found = calibrate.curves(read)
        self.assertEqual(list(found), ["English", "Chinese"])
        self.assertEqual((found["English"][0], found["Chinese"][0]), ((0.5, 1.0, 0.5), (0.5, 1.0, 0.0)))

    def test_the_drawing_has_a_dot_for_every_point(self):
        drawn = curve_plot.svg({"English": [(0.5, 1.0, 0.25), (0.99, 0.5, 0.0)]}, (0.99,))
        self.assertEqual((drawn.count("<circle"), drawn.count(">0.99</text>"), drawn.count(">0.5</text>")), (3, 1, 0))

    def test_the_table_that_is_written_is_read(self):
        table = [(0.0, 0.0), (0.5, 0.625), (1.0, 0.99951)]
        self.assertEqual(calibrate.read_table(calibrate.written(table, 7)), table)


class NearDuplicates(unittest.TestCase):
    TRUTHS = {f"{sequence}{frame}": {"kind": "frames-en", "sequence": sequence, "frame": frame, "text": text, "pan": frame // 3,
                                     "caption": f"{sequence}.{frame // 3}", "change": "digit" if frame == 3 else None}
              for sequence, texts in ((1, ["a1"] * 3 + ["a2"] * 2), (2, ["a1"])) for frame, text in enumerate(texts)}

    def test_pairs_are_told_apart_by_what_they_show(self):
        lines = ["10 11 0.1", "10 12 0.2", "12 13 0.5", "13 20 inf", "10 20 inf", "13 14 0.3"]
        found = near_duplicates.pairs(lines, self.TRUTHS)
        self.assertEqual(found, {"repeat, still ground": [(0.1, "10", "11")],
                                 "repeat, moving ground": [(0.3, "13", "14")], "later repeat": [(0.2, "10", "12")],
                                 "digit": [(0.5, "12", "13")], "elsewhere": [(math.inf, "13", "20")]})
        self.assertEqual(near_duplicates.table(found, 0.3)[2:],
                         ["| later repeat | 1 | 1 (100.0 %) | 0 | 0.200 | 0.200 |",
                          "| repeat, moving ground | 1 | 0 (0.0 %) | 0 | 0.300 | 0.300 |",
                          "| repeat, still ground | 1 | 1 (100.0 %) | 0 | 0.100 | 0.100 |",
                          "| digit | 1 | 0 (0.0 %) | 0 | 0.500 | 0.500 |",
                          "| elsewhere | 1 | 0 (0.0 %) | 1 | – | – |"])

    def test_the_threshold_is_the_program_s(self):
        self.assertTrue(0 < near_duplicates.threshold() < 1)

    def test_every_comparable_pair_is_drawn(self):
        self.assertEqual(sum(margin_plot.binned([0.0, 0.5, 1.19, 7.0, math.inf])), 4)
        drawn = margin_plot.svg({"repeats": [0.1, 0.1, math.inf], "different texts": [0.5, 0.9]}, 0.2)
        self.assertEqual((drawn.count("<rect"), drawn.count("3 pairs, 1 of them not comparable")), (4, 1))


class Tables(unittest.TestCase):
    def test_a_row_has_every_engine_and_no_figure_that_nothing_was_measured_for(self):
        text, empty = metrics.Score(), metrics.Score()
        text.add("abcd", "abcx")
        empty.add("", "x")
        self.assertEqual(evaluate.row("photo-en", [(text, 12.4), (text, None)]),
                         "| photo-en | 1 | 25.00 % | 25.00 % | 0 | 0 | – | – | 12 | – |")
        self.assertEqual(evaluate.row("empty", [(empty, 3.0)]), "| empty | 1 | – | – | 1 | 3 |")

    def test_a_picture_without_reading_is_an_error(self):
        with self.assertRaisesRegex(SystemExit, "1 pictures have no reading, e.g. b.jpg"):
            evaluate.scored({"a.jpg": {"text": ""}, "b.jpg": {"text": ""}}, {"a.jpg": {"text": ""}})

    def test_readings_are_found_by_the_name_of_their_file(self):
        with tempfile.TemporaryDirectory() as scratch:
            path = pathlib.Path(scratch, "read.jsonl")
            path.write_text('{"file":"some/where/a.jpg","text":"x","symbols":[{"t":"x","c":0.5}]}\n')
            self.assertEqual(sets.characters(sets.readings(path)["a.jpg"]), [("x", 0.5)])


@unittest.skipUnless(_DRAWS, "there is no python3-pil")
class Drawing(unittest.TestCase):
    def test_the_halves_share_nothing(self):
        fonts = [{file for files in materials.font_files(half) for file in files} for half in materials.HALVES]
        self.assertTrue(fonts[0].isdisjoint(fonts[1]))
        photographs = [set(materials._PHOTOGRAPHS[half]) for half in materials.HALVES]
        self.assertTrue(photographs[0].isdisjoint(photographs[1]))
        texts = [set(materials._french(half)) for half in materials.HALVES]
        self.assertTrue(texts[0].isdisjoint(texts[1]))
        self.assertGreater(min(map(len, texts)), 500)

    def test_a_change_changes_one_thing(self):
        rng = random.Random(5)
        for change, language, text in [("character", "en", "The last train."), ("character", "zh", "今天的天气"),
                                       ("diacritic", "fr", "Le résumé"), ("digit", "en", "In 1987"),
                                       ("punctuation", "en", "Go."), ("punctuation", "zh", "你好"),
                                       ("twin", "en", "I, too."), ("twin", "zh", "自己来")]:
            with mock.patch.object(materials, "chinese", return_value="我"):
                for _ in range(50):
                    changed = kinds.changed(text, change, "test", language, rng)
                    self.assertEqual(metrics.distance(text, changed), 1, (change, changed))

    def test_no_change_where_nothing_can_change(self):
        self.assertIsNone(kinds.changed("Go.", "digit", "test", "en", random.Random(6)))
        self.assertIsNone(kinds.changed("今天", "diacritic", "test", "zh", random.Random(6)))
        self.assertIsNone(kinds.changed("we may", "twin", "test", "en", random.Random(6)))

    def test_usual_characters(self):
        self.assertEqual([c for c in "的一誊a，豢" if materials.is_common(c)], ["的", "一"])

    def test_what_is_missing_is_named(self):
        with self.assertRaisesRegex(materials.Missing, "script/setup pictures"):
            materials._found(pathlib.Path("/nowhere/at-all"))

    def test_a_set_is_the_same_each_time_and_another_with_another_seed(self):
        photograph = Image.radial_gradient("L").convert("RGB").resize((1600, 900))
        with mock.patch.object(materials, "photograph", return_value=photograph), \
                tempfile.TemporaryDirectory() as scratch:
            drawn = []
            for name, seed in (("a", 1), ("b", 1), ("c", 2)):
                directory = pathlib.Path(scratch, name)
                draw.draw("test", "empty", 5, seed, directory)
                drawn.append([file.read_bytes() for file in sorted(directory.iterdir())])
                truths = sets.truths(directory)
                self.assertEqual(len(truths), 5)
                self.assertEqual({truth["text"] for truth in truths.values()}, {""})
                for file in truths:
                    with Image.open(directory / file) as picture:
                        self.assertEqual(picture.format, "JPEG")
            self.assertEqual(drawn[0], drawn[1])
            self.assertNotEqual(drawn[0], drawn[2])


if __name__ == "__main__":
    unittest.main()
