import io
import os
import pathlib
import tempfile
import unittest

from glyphgate.errors import PictureError
from glyphgate.picture_id import flaw_of_id, id_from_path
from glyphgate.picture_size import picture_size
from glyphgate.pictures import load

from .images import jpeg, png, webp

SAMPLES = pathlib.Path(__file__).resolve().parents[3] / "docs" / "samples"


class LoadTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "a.png")
        pathlib.Path(self.path).write_bytes(b"in a file")
        self.folder = folder.name

    def ids_and_bytes(self, pictures):
        return [(p.id, p.read()) for p in load(pictures)]

    def test_paths_have_their_names_as_ids(self):
        self.assertEqual(self.ids_and_bytes(self.path), [("a.png", b"in a file")])
        self.assertEqual(self.ids_and_bytes([pathlib.Path(self.path)]), [("a.png", b"in a file")])

    def test_bytes_have_their_position_as_id(self):
        self.assertEqual(self.ids_and_bytes(b"x"), [("image_1", b"x")])
        self.assertEqual(self.ids_and_bytes([self.path, bytearray(b"y"), memoryview(b"z")]),
                         [("a.png", b"in a file"), ("image_2", b"y"), ("image_3", b"z")])

    def test_file_objects_are_read_where_they_stand(self):
        with open(self.path, "rb") as file:
            file.read(3)
            self.assertEqual(self.ids_and_bytes(file), [("a.png", b"a file")])
        self.assertEqual(self.ids_and_bytes([io.BytesIO(b"x")]), [("image_1", b"x")])

    def test_a_pair_names_its_picture(self):
        pairs = (("one", b"x"), ("two", self.path), ("three", io.BytesIO(b"y")))
        self.assertEqual(self.ids_and_bytes(pairs), [("one", b"x"), ("two", b"in a file"), ("three", b"y")])

    def test_a_generator_will_do(self):
        self.assertEqual(self.ids_and_bytes(b for b in (b"x", b"y")), [("image_1", b"x"), ("image_2", b"y")])

    def test_what_is_wrong_is_named(self):
        for pictures, message in [
                ([self.path, self.path], "pictures 1 and 2 have the same id 'a.png'"),
                ("missing.png", "'missing.png' cannot be read: No such file"),
                (self.folder, "is a directory"),
                ([7], "picture 1 is of type int"),
                ([("id", "a", "b")], "picture 1 is a tuple, but no pair"),
                (io.StringIO("text"), "open it in binary mode"),
                ([("", b"x")], "has 0 bytes"),
                ([("ä" * 129, b"x")], "has 258 bytes"),
                ([("a\nb", b"x")], "control character"),
                ([("\udcff", b"x")], "not valid Unicode")]:
            with self.subTest(message), self.assertRaisesRegex(PictureError, message):
                load(pictures)

    def test_a_name_that_cannot_be_an_id_has_one_made_from_it(self):
        ids = []
        for name in (b"a\nb.png", b"a\tb.png", b"\xff\xfe.png", b"\xe4" * 250 + b".png"):
            path = os.fsdecode(os.path.join(os.fsencode(self.folder), name))
            pathlib.Path(path).write_bytes(b"in it")
            (made, data), = self.ids_and_bytes(path)
            self.assertEqual(data, b"in it")
            self.assertIsNone(flaw_of_id(made))
            self.assertEqual(made, load(path)[0].id)
            self.assertRegex(made, r"\.png~[0-9a-f]{16}$")
            ids.append(made)
            with open(path, "rb") as file:
                self.assertEqual(load(file)[0].id, made)
        self.assertEqual(len(set(ids)), 4)
        self.assertEqual(ids[0][:7], "a?b.png")
        long = "/ä" * 300
        self.assertLessEqual(len(id_from_path(long).encode()), 256)
        self.assertNotEqual(id_from_path(long), id_from_path("x" + long))
        self.assertEqual(id_from_path("ä" * 128), "ä" * 128)

    def test_a_file_that_cannot_be_read_is_an_error_of_the_picture(self):
        class Broken(io.RawIOBase):
            def read(self, *_):
                raise OSError(5, "Input/output error")

        with self.assertRaisesRegex(PictureError, "picture 2 cannot be read: Input/output error"):
            load([b"x", Broken()])
        with self.assertRaisesRegex(PictureError, "cannot be read: embedded null byte"):
            load("a\0b")
        picture, = load(self.path)
        os.remove(self.path)
        os.mkdir(self.path)
        with self.assertRaisesRegex(PictureError, "Is a directory"):
            picture.read()
        self.assertIsNone(picture.dimensions())

    def test_a_file_that_vanishes_is_an_error_of_the_picture(self):
        picture, = load(self.path)
        os.remove(self.path)
        with self.assertRaises(PictureError):
            picture.read()


class SizeTest(unittest.TestCase):
    def size(self, data):
        return picture_size(io.BytesIO(data))

    def test_each_format(self):
        self.assertEqual(self.size(png(666, 64)), (666, 64))
        self.assertEqual(self.size(jpeg(1234, 567)), (1234, 567))
        for kind in (b"VP8 ", b"VP8L", b"VP8X"):
            self.assertEqual(self.size(webp(kind, 520, 300)), (520, 300), kind)

    def test_the_samples(self):
        for name, size in [("caption-en-01.jpg", (666, 64)), ("receipt.png", (400, 450)), ("label.webp", (520, 300))]:
            with open(SAMPLES / name, "rb") as file:
                self.assertEqual(picture_size(file), size, name)

    def test_bytes_that_tell_none(self):
        whole = [png(5, 6), jpeg(5, 6), *(webp(kind, 5, 6) for kind in (b"VP8 ", b"VP8L", b"VP8X"))]
        for data in whole:
            for end in range(len(data)):
                self.assertIn(self.size(data[:end]), (None, (5, 6)))
        for data in (b"GIF89a", b"\xff\xd8\xff\xd9", b"\xff\xd8" + b"\xff\xe1\0\0" * 100, webp(b"ALPH", 5, 6)):
            self.assertIsNone(self.size(data))
