import io
import os
import pathlib
import unittest
from unittest import mock

from glyphgate.content_kind import kind_of

from .command_case import CommandCase
from .fake_service import job_json

PDF = b"%PDF-1.7\n"
TIFF = b"II*\0\x08\0\0\0"


class DirectoriesTest(CommandCase):
    def test_every_skipped_file_is_named_and_makes_the_status_1(self):
        pathlib.Path("sub/notes.txt").write_bytes(b"no picture")
        pathlib.Path("sub/deep/.hidden").write_bytes(b"")
        status, out, err = self.run_command("sub", "--format", "table")
        self.assertEqual(status, 1)
        self.assertEqual([line.split("\t")[0] for line in out.splitlines()[1:]], ["sub/c.WEBP", "sub/deep/d.jpeg"])
        why = "skipped: neither its name nor its first bytes are those of a picture or a PDF"
        self.assertEqual(err, f"glyphgate-ocr: sub/deep/.hidden: {why}\nglyphgate-ocr: sub/notes.txt: {why}\n")
        self.assertEqual(self.run_command("sub", "--format", "table", "--skip-unsupported"), (0, out, err))

    def test_skipping_is_no_excuse_for_a_picture_that_failed(self):
        self.service.culprits = {"sub/c.WEBP": "it is damaged"}
        self.assertEqual(self.run_command("sub", "--skip-unsupported")[0], 1)

    def test_what_has_a_picture_s_content_is_read_whatever_its_name(self):
        pathlib.Path("sub/scan").write_bytes(PDF)
        pathlib.Path("sub/frame.001").write_bytes(b"GIF89a")
        status, _, err = self.run_command("sub")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(self.service.jobs, [["sub/c.WEBP", "sub/deep/d.jpeg", "sub/frame.001", "sub/scan"]])

    def test_a_directory_of_other_files_is_wrong_usage_and_they_are_named(self):
        pathlib.Path("texts").mkdir()
        pathlib.Path("texts/notes.txt").write_bytes(b"no picture")
        status, out, err = self.run_command("texts")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("texts/notes.txt: skipped", err)
        self.assertIn("the directory 'texts' holds no picture and no PDF", err)
        self.assertEqual(self.service.requests, [])

    def test_what_cannot_be_looked_into_is_skipped(self):
        os.mkfifo("sub/fifo")
        os.symlink("nowhere", "sub/link")
        status, _, err = self.run_command("sub")
        self.assertEqual((status, err.count("skipped")), (1, 2))

    def test_a_file_that_was_named_is_not_overwritten_by_the_output(self):
        os.symlink("a.png", "link.png")
        for output in ("a.png", "link.png"):
            status, _, err = self.run_command("a.png", "--output", output)
            self.assertEqual((status, pathlib.Path("a.png").read_bytes(), self.service.jobs), (2, b"first", []))
            self.assertIn("the output 'a.png' is an input, too, and would be overwritten", err)

    def test_numbers_in_paths_are_in_order(self):
        in_order = ["9.png", "010.png", "10.png", "page1 2.png", "page1 11.png", "page1\u00b22.png"]
        os.mkdir("pages")
        for name in sorted(in_order):
            pathlib.Path("pages", name).write_bytes(name.encode())
        self.assertEqual(self.run_command("pages", "--format", "table")[0], 0)
        self.assertEqual(self.service.jobs, [[f"pages/{name}" for name in in_order]])

    def test_the_output_is_no_input(self):
        self.run_command("sub", "--output", "sub/results.pdf", "--format", "json")
        self.assertEqual(self.run_command("sub", "--output", "sub/results.pdf", "--format", "json"), (0, "", ""))
        self.assertEqual(self.run_command("sub", "--output", "sub/out/")[0], 0)
        pathlib.Path("sub/results.pdf").unlink()
        self.assertEqual(self.run_command("sub", "--output", "sub/out/", "--force"), (0, "", ""))
        self.assertEqual(self.service.jobs, [["sub/c.WEBP", "sub/deep/d.jpeg"]] * 2 +
                         [["sub/c.WEBP", "sub/deep/d.jpeg", "sub/results.pdf"], ["sub/c.WEBP", "sub/deep/d.jpeg"]])


class StandardInputTest(CommandCase):
    def fed(self, data, *arguments):
        with mock.patch("sys.stdin", io.TextIOWrapper(io.BytesIO(data))):
            return self.run_command(*arguments)

    def test_it_is_read_once_and_called_a_dash(self):
        self.assertEqual(self.fed(b"from a pipe", "-"), (0, "from a pipe\n", ""))
        self.assertEqual(self.fed(b"from a pipe", "-", "a.png", "-")[1],
                         "==> - <==\nfrom a pipe\n\n==> a.png <==\nfirst\n")

    def test_its_file_is_called_stdin(self):
        self.fed(b"from a pipe", "-", "--output", "out/")
        self.assertEqual(os.listdir("out"), ["stdin.txt"])

    def test_a_file_called_a_dash_has_a_path(self):
        pathlib.Path("-").write_bytes(b"a file")
        self.assertEqual(self.run_command("./-")[1], "a file\n")

    def test_one_that_is_closed_is_wrong_usage(self):
        status, _, err = self.run_process("-", streams="<&-")
        self.assertEqual(status, 2)
        self.assertIn("standard input cannot be read", err)
        self.assertEqual(self.service.requests, [])


class DocumentsTest(CommandCase):
    def test_wishes_for_their_pages_are_sent(self):
        pathlib.Path("a.pdf").write_bytes(PDF)
        self.run_command("a.pdf", "--pages", "1-3,7", "--dpi", "300", "--pdf-text", "prefer")
        self.assertEqual(self.service.other_fields, [
            {"pages": "1-3,7", "dpi": "300", "pdf_text": "prefer", "on_error": "skip"}])

    def test_a_document_shares_a_job_where_its_pages_are_told_from_the_results(self):
        pathlib.Path("a.pdf").write_bytes(PDF)
        self.run_command("a.pdf", "a.png", "--output", "out/")
        self.assertEqual(self.service.jobs, [["a.pdf", "a.png"]])

    def test_a_document_has_its_own_job_where_the_service_writes_its_file(self):
        for name, content in (("a.pdf", PDF), ("pages.bin", TIFF)):
            pathlib.Path(name).write_bytes(content)
        self.run_command("a.pdf", "pages.bin", "a.png", "b.jpg", "--output", "out/", "--format", "hocr")
        self.assertEqual(self.service.jobs, [["a.png", "b.jpg"], ["a.pdf"], ["pages.bin"]])

    def test_pages_of_a_document_are_one_file(self):
        pathlib.Path("a.pdf").write_bytes(PDF)
        self.service.fates[0] = job_json("job0", ids_and_texts=[("a.pdf#1", "one"), ("a.pdf#2", "two")])
        self.assertEqual(self.run_command("a.pdf", "--output", "out/"), (0, "", ""))
        self.assertEqual(pathlib.Path("out/a.pdf.txt").read_text(), "one\n\ftwo\n")


class KindTest(unittest.TestCase):
    def test_kinds_of_what_the_service_reads(self):
        for head, kind in ((b"\xff\xd8\xff\xe0", "JPEG"), (b"\x89PNG\r\n\x1a\n", "PNG"), (b"GIF87a", "GIF"),
                           (b"BM\0\0", "BMP"), (TIFF, "TIFF"), (b"MM\0*", "TIFF"), (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
                           (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"), (b"\xff\x4f\xff\x51", "JPEG 2000"),
                           (b"\0\0\0\x1cftypheic", "HEIF"), (b"\0\0\0\x1cftypavif", "HEIF"), (PDF, "PDF"),
                           (b"something before it\n%PDF-1.4", "PDF")):
            self.assertEqual(kind_of(head), kind)

    def test_other_files_have_none(self):
        for head in (b"", b"\xff\xd8", b"no picture", b"\0\0\0\x1cftypmp42", b"RIFF\0\0\0\0WAVEfmt ", b"x" * 1024 + PDF):
            self.assertIsNone(kind_of(head))
