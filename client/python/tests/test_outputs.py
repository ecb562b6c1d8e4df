import os
import pathlib
import unittest
from unittest import mock

from glyphgate.output_folder import file_names

from .command_case import CommandCase
from .fake_service import job_json
from .scripted_server import problem
from .images import png

PDF = b"%PDF-1.7\n"


def tree(folder):
    """Path and content of all files."""
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(pathlib.Path(folder).rglob("*"))
            if path.is_file()}


class FolderTest(CommandCase):
    def test_each_input_has_a_file_in_the_same_folders(self):
        self.assertEqual(self.run_command("a.png", "sub", "--output", "out/"), (0, "", ""))
        self.assertEqual(tree("out"), {"a.png.txt": "first\n", "c.WEBP.txt": "third\n", "deep/d.jpeg.txt": "fourth\n"})
        # One that is there needs no slash.
        self.assertEqual(self.run_command("b.jpg", "--output", "out", "--format", "table")[0], 0)
        self.assertIn("b.jpg.table.tsv", tree("out"))

    def test_nothing_is_overwritten_without_force(self):
        self.run_command("a.png", "--output", "out/")
        pathlib.Path("out/a.png.txt").write_text("mine")
        status, out, err = self.run_command("a.png", "b.jpg", "--output", "out/")
        self.assertEqual((status, out), (1, ""))
        self.assertEqual(err, "glyphgate-ocr: a.png: skipped: a.png.txt exists in out/; --force overwrites it\n")
        self.assertEqual((tree("out")["a.png.txt"], self.service.jobs[-1]), ("mine", ["b.jpg"]))
        self.assertEqual(self.run_command("a.png", "--output", "out/", "--force"), (0, "", ""))
        self.assertEqual(tree("out")["a.png.txt"], "first\n")

    def test_what_comes_there_meanwhile_is_kept(self):
        def answer(request):
            pathlib.Path("out/a.png.txt").write_text("mine")
            return self.service._reply(request)

        for link in (os.link, mock.Mock(side_effect=PermissionError(1, "no links here"))):
            with self.subTest(link), mock.patch("os.link", link):
                self.service._answer = self.service._reply
                self.run_command("a.png", "--output", "out/", "--force")
                pathlib.Path("out/a.png.txt").unlink()
                self.service._answer = answer
                status, _, err = self.run_command("a.png", "--output", "out/")
                self.assertEqual((status, tree("out")), (4, {"a.png.txt": "mine"}))
                self.assertIn("'out/a.png.txt' cannot be written", err)

    def test_a_file_system_without_links_will_do(self):
        with mock.patch("os.link", side_effect=PermissionError(1, "no links here")):
            self.assertEqual(self.run_command("a.png", "--output", "out/"), (0, "", ""))
        self.assertEqual(tree("out"), {"a.png.txt": "first\n"})

    def test_a_link_that_leads_elsewhere_is_not_followed(self):
        os.makedirs("out")
        os.makedirs("elsewhere")
        os.symlink("../elsewhere", "out/deep")
        status, _, err = self.run_command("sub", "--output", "out")
        self.assertEqual((status, os.listdir("elsewhere")), (4, []))
        self.assertIn("a link leads out of the directory", err)
        self.assertIn("c.WEBP.txt", os.listdir("out"))

    def test_a_picture_that_failed_has_no_file(self):
        self.service.culprits = {"a.png": "it is damaged"}
        status, _, err = self.run_command("a.png", "b.jpg", "--output", "out/")
        self.assertEqual((status, err), (1, "glyphgate-ocr: a.png: it is damaged\n"))
        self.assertEqual(list(tree("out")), ["b.jpg.txt"])

    def test_a_folder_that_cannot_be_made_is_known_before_anything_is_paid(self):
        self.assertEqual(self.run_command("a.png", "--output", "b.jpg/")[0], 2)
        self.assertEqual(self.service.requests, [])

    def test_a_full_disk_is_4_and_leaves_nothing_behind(self):
        real = os.link
        with mock.patch("os.link", side_effect=lambda a, b: real(a, b) if b != "out/a.png.txt" else self.full()):
            status, _, err = self.run_command("a.png", "b.jpg", "--output", "out/")
        self.assertEqual(status, 4)
        self.assertEqual(list(tree("out")), ["b.jpg.txt"])
        self.assertIn("'out/a.png.txt' cannot be written: No space left on device", err)

    def full(self):
        raise FileExistsError(28, "No space left on device")


class ExportsTest(CommandCase):
    def test_all_in_one_is_one_job_that_the_service_writes(self):
        self.service.max_images = 1
        for name in ("a.png", "b.jpg"):
            pathlib.Path(name).write_bytes(png(5, 6))
        status, out, err = self.run_process("a.png", "b.jpg", "--format", "hocr")
        self.assertEqual((status, out, err), (0, "<hocr of job0>\n", ""))
        self.assertEqual((self.service.jobs, self.service.other_fields), ([["a.png", "b.jpg"]], [{"on_error": "skip"}]))
        self.run_command("a.png", "--format", "pdf", "--output", "out.pdf")
        self.assertEqual(pathlib.Path("out.pdf").read_text(), "<pdf of job1>\n")
        self.assertEqual(self.service.other_fields[1], {"on_error": "skip", "keep_images": "true"})

    def test_where_there_is_no_job_nothing_is_written(self):
        self.service.culprits = {"a.png": "it is damaged"}
        status, out, err = self.run_process("a.png", "--format", "hocr")
        self.assertEqual((status, out, err), (1, "", "glyphgate-ocr: a.png: it is damaged\n"))

    def test_a_job_that_is_too_large_for_one_document_says_what_to_do(self):
        self.service.max_body = 10
        status, out, err = self.run_process("a.png", "b.jpg", "--format", "hocr")
        self.assertEqual((status, out, self.service.jobs), (3, "", []))
        self.assertIn("413", err)
        self.assertIn("--output DIR/ writes a file for each input", err)

    def test_lines_of_several_jobs_are_joined(self):
        self.service.max_images = 1
        for name in ("a.png", "b.jpg"):
            pathlib.Path(name).write_bytes(png(5, 6))
        self.assertEqual(self.run_process("a.png", "b.jpg", "--format", "jsonl"),
                         (0, "<jsonl of job0>\n<jsonl of job1>\n", ""))

    def test_a_file_for_each_is_a_picture_s_or_a_document_s(self):
        pathlib.Path("d.pdf").write_bytes(PDF)
        self.service.fates[1] = job_json("job1", ids_and_texts=[("d.pdf#1", "one"), ("d.pdf#2", "two")])
        self.assertEqual(self.run_command("d.pdf", "sub", "--format", "alto", "--output", "out/"), (0, "", ""))
        self.assertEqual(tree("out"), {"c.WEBP.alto.xml": "<alto of job0/images/sub/c.WEBP>\n",
                                       "d.pdf.alto.xml": "<alto of job1>\n",
                                       "deep/d.jpeg.alto.xml": "<alto of job0/images/sub/deep/d.jpeg>\n"})

    def test_pages_of_page_xml_are_files_of_their_own(self):
        pathlib.Path("d.pdf").write_bytes(PDF)
        view = job_json("job0", ids_and_texts=[("d.pdf#1", "one"), ("d.pdf#2", ""), ("d.pdf#3", "three")])
        view["result"]["results"][1]["error"] = "it is damaged"
        self.service.fates[0] = view
        self.assertEqual(self.run_command("d.pdf", "--format", "page", "--output", "out/")[0], 1)
        self.assertEqual(tree("out"), {f"d.pdf#{n}.page.xml": f"<page of job0/images/d.pdf#{n}>\n" for n in (1, 3)})

    def test_page_xml_of_several_inputs_is_refused_before_anything_is_sent(self):
        status, out, err = self.run_command("a.png", "b.jpg", "--format", "page")
        self.assertEqual((status, out, self.service.jobs), (2, "", []))
        self.assertIn("it holds one page, and there are 2 inputs; --output DIR/ writes a file for each page", err)

    def test_what_helps_where_a_form_is_refused_is_said(self):
        refusal = problem(422, "invalid-request", detail="not so")
        for form, remedy in (("page", "--output DIR/ writes a file for each page"),
                             ("srt", "--timestamps tells when each picture is seen"), ("alto", None)):
            with self.subTest(form):
                self.service.exports["/ocr/jobs/job" + str(len(self.service.jobs))] = refusal
                status, out, err = self.run_process("a.png", "--format", form)
                self.assertEqual((status, out), (3, ""))
                self.assertIn("not so", err)
                self.assertEqual(err.count("--"), 0 if remedy is None else 1)
                self.assertIn(remedy or "", err)

    def test_a_pdf_is_made_as_large_as_its_pages_were_read(self):
        self.run_command("a.png", "--format", "pdf", "--dpi", "300", "--output", "a.pdf")
        self.assertEqual(self.service.targets[-1], "GET /ocr/jobs/job0?format=pdf&dpi=300")
        self.run_command("b.jpg", "--format", "pdf", "--dpi", "300", "--output", "out/")
        self.assertEqual(self.service.targets[-1], "GET /ocr/jobs/job1/images/b.jpg?format=pdf&dpi=300")
        self.run_command("a.png", "--format", "hocr", "--dpi", "300", "--output", "a.hocr")
        self.assertEqual(self.service.targets[-1], "GET /ocr/jobs/job2?format=hocr")

    def test_times_of_pictures_are_told_for_subtitles_in_one_file(self):
        self.run_command("a.png", "b.jpg", "--format", "srt", "--timestamps", "0,1:02.5", "--output", "film.srt")
        self.assertEqual(self.service.targets[-1], "GET /ocr/jobs/job0?format=srt&timestamps=0%2C1%3A02.5")
        for words in (("--format", "srt", "--output", "out/"), ("--format", "txt")):
            with self.subTest(words):
                status, _, err = self.run_command("a.png", "--timestamps", "0", *words)
                self.assertEqual((status, len(self.service.jobs)), (2, 1))
                self.assertIn("--timestamps is for --format srt in one file", err)

    def test_a_file_that_the_service_refuses_fails_itself_only(self):
        self.service.exports["/ocr/jobs/job0/images/a.png"] = problem(409, "no-images", detail="they were not kept")
        status, _, err = self.run_command("a.png", "b.jpg", "--format", "pdf", "--output", "out/")
        self.assertEqual((status, list(tree("out"))), (1, ["b.jpg.pdf"]))
        self.assertEqual(err, "glyphgate-ocr: a.png: 409 A title: they were not kept\n")

    def test_an_older_service_is_told(self):
        self.service.exports["/ocr/jobs/job0"] = problem(200)
        self.service.exports["/ocr/jobs/job0"].headers["Content-Type"] = "application/json"
        status, out, err = self.run_process("a.png", "--format", "tsv")
        self.assertEqual((status, out), (3, ""))
        self.assertIn("the service does not write tsv: it is an older one", err)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no full disk to try")
    def test_a_full_disk_is_4(self):
        status, _, err = self.run_process("a.png", "--format", "pdf", "--output", "/dev/full")
        self.assertEqual(status, 4)
        self.assertIn("'/dev/full' cannot be written: No space left on device", err)
        self.assertEqual(self.run_process("a.png", "--format", "pdf", streams=">/dev/full")[0], 4)


class NamesTest(unittest.TestCase):
    def test_names_that_are_alone_are_kept(self):
        self.assertEqual(file_names({"x/a.png": "a.png", "x/b.png": "d/b.png"}, ".txt"),
                         {"x/a.png": "a.png.txt", "x/b.png": "d/b.png.txt"})

    def test_names_that_are_the_same_are_told_apart_in_any_order(self):
        names = {"x/a.png": "a.png", "y/a.png": "a.png", "y/A.PNG": "A.PNG", "b": "b"}
        called = file_names(names, ".txt")
        self.assertEqual(len({name.casefold() for name in called.values()}), 4)
        self.assertEqual(called, file_names(dict(reversed(names.items())), ".txt"))
        self.assertRegex(called["x/a.png"], r"^a\.png~[0-9a-f]{16}\.txt$")

    def test_a_name_that_looks_like_one_with_a_digest_collides_with_none(self):
        first = file_names({"x/a": "a", "y/a": "a"}, ".txt")["x/a"]
        names = {"x/a": "a", "y/a": "a", "z": first[:-4]}
        self.assertEqual(len(set(file_names(names, ".txt").values())), 3)

    def test_long_names_are_cut_and_stay_apart(self):
        names = {"x": "é" * 127 + "1", "y": "é" * 127 + "2", "z": "d" * 200 + "/" + "b" * 255}
        called = file_names(names, ".alto.xml")
        self.assertEqual(len(set(called.values())), 3)
        for name in called.values():
            self.assertLessEqual(max(len(os.fsencode(part)) for part in name.split("/")), 255)
            self.assertTrue(name.endswith(".alto.xml"))
