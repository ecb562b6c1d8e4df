import json
import os
import pathlib
import subprocess
import sys
import unittest
from unittest import mock

from glyphgate import PictureResult

from .command_case import HEALTH, PACKAGE_FOLDER, CommandCase
from .fake_service import job_json
from .images import png
from .scripted_server import problem


class CommandTest(CommandCase):
    def test_the_text_of_one_picture_is_all_that_is_printed(self):
        self.assertEqual(self.run_command("a.png"), (0, "first\n", ""))
        # The form's older name.
        self.assertEqual(self.run_command("a.png", "--format", "text"), (0, "first\n", ""))

    def test_several_pictures_have_headings(self):
        status, out, _ = self.run_command("a.png", "b.jpg")
        self.assertEqual((status, out), (0, "==> a.png <==\nfirst\n\n==> b.jpg <==\ntwo\nlines\tand \\\n"))

    def test_directories_are_walked_and_nothing_is_read_twice(self):
        status, out, _ = self.run_command("sub", "sub/c.WEBP", "--format", "table")
        self.assertEqual(status, 0)
        self.assertEqual([line.split("\t")[0] for line in out.splitlines()[1:]], ["sub/c.WEBP", "sub/deep/d.jpeg"])

    def test_json_is_as_the_service_writes_it(self):
        self.service.culprits = {"b.jpg": "it is damaged"}
        status, out, err = self.run_command("a.png", "b.jpg", "--format", "json")
        self.assertEqual(status, 1)
        first, second = json.loads(out)
        self.assertEqual((first["id"], first["text"], first["char_count"]), ("a.png", "first", 5))
        self.assertEqual(first["characters"][1], {"text": "i", "bbox": {"x": 1, "y": 2, "width": 3, "height": 4},
                                                  "confidence": 0.9})
        self.assertNotIn("error", first)
        self.assertEqual(second, {"id": "b.jpg", "text": "", "char_count": 0, "characters": [], "warning": None,
                                  "error": "it is damaged"})
        self.assertEqual(err, "glyphgate-ocr: b.jpg: it is damaged\n")

    def test_warnings_are_told_and_the_text_is_printed(self):
        view = job_json("job0", ids_and_texts=[("a.png", "first")])
        view["result"]["results"][0]["warning"] = "the last 3 of 40 rows are missing"
        self.service.fates[0] = view
        self.assertEqual(self.run_command("a.png"), (
            0, "first\n", "glyphgate-ocr: a.png: warning: the last 3 of 40 rows are missing\n"))

    def test_pages_of_a_file(self):
        pathlib.Path("sub/e.tiff").write_bytes(b"pages")
        pages = job_json("job0", ids_and_texts=[("sub/e.tiff#1", "one"), ("sub/e.tiff#2", ""), ("a.png", "first")])
        pages["result"]["results"][1]["error"] = "it is damaged"
        self.service.fates[0] = pages
        status, out, err = self.run_command("sub/e.tiff", "a.png")
        self.assertEqual((status, out), (1, "==> sub/e.tiff#1 <==\none\n\n==> sub/e.tiff#2 <==\n\n"
                                            "==> a.png <==\nfirst\n"))
        self.assertEqual(err, "glyphgate-ocr: sub/e.tiff#2: it is damaged\n")
        self.assertEqual(self.service.on_errors, [["skip"]])

    def test_the_table_has_one_line_a_picture(self):
        self.service.culprits = {"a.png": "it is damaged"}
        status, out, _ = self.run_command("a.png", "b.jpg", "--format", "table")
        self.assertEqual((status, out), (1, "id\tcharacters\tconfidence\ttext\terror\tengine\n"
                                            "a.png\t0\t\t\tit is damaged\t\n"
                                            "b.jpg\t15\t0.900\ttwo\\nlines\\tand \\\\\t\t\n"))

    def test_output_goes_to_a_file(self):
        self.assertEqual(self.run_command("a.png", "--output", "out.txt"), (0, "", ""))
        self.assertEqual(pathlib.Path("out.txt").read_text(), "first\n")

    def test_hints(self):
        self.run_command("a.png", "--hints", "zh, en")
        self.assertEqual(self.service.hints, [["zh,en"]])

    def test_delay(self):
        self.run_command("a.png", "--max-delay", "60")
        self.run_command("a.png")
        self.assertEqual(self.service.delays, [["60"], []])

    def test_near_duplicates_are_asked_for(self):
        self.run_command("a.png", "--near-duplicates")
        self.run_command("a.png")
        self.assertEqual(self.service.near_duplicates, [["true"], []])

    def read_by_engines(self):
        """Has the next job read: a by ppocr, b the same as a, c by tesseract; and d not at all."""
        view = job_json(f"job{len(self.service.jobs)}", ids_and_texts=[
            ("a.png", "x"), ("b.jpg", "x"), ("sub/c.WEBP", "y"), ("sub/deep/d.jpeg", "")])
        a, b, c, d = view["result"]["results"]
        a["engine"], b["engine"], c["engine"] = "ppocr", "ppocr", "tesseract"
        b["same_as"], d["error"] = "a.png", "it is damaged"
        self.service.fates[len(self.service.jobs)] = view
        return "a.png", "b.jpg", "sub"

    def test_engines_that_read_are_told_beside_the_text(self):
        status, out, err = self.run_command(*self.read_by_engines())
        self.assertEqual((status, out), (1, "==> a.png <==\nx\n\n==> b.jpg <==\nx\n\n==> sub/c.WEBP <==\ny\n\n"
                                            "==> sub/deep/d.jpeg <==\n"))
        self.assertEqual(err, "glyphgate-ocr: sub/deep/d.jpeg: it is damaged\n"
                              "glyphgate-ocr: 2 pictures read by ppocr, 1 by tesseract\n")
        _, _, err = self.run_command(*self.read_by_engines(), "--quiet")
        self.assertEqual(err, "glyphgate-ocr: sub/deep/d.jpeg: it is damaged\n")

    def test_engines_that_read_are_told_in_json_and_in_the_table(self):
        _, out, _ = self.run_command(*self.read_by_engines(), "--format", "json")
        self.assertEqual([(r.get("engine"), r.get("same_as")) for r in json.loads(out)],
                         [("ppocr", None), ("ppocr", "a.png"), ("tesseract", None), (None, None)])
        _, out, _ = self.run_command(*self.read_by_engines(), "--format", "table")
        self.assertEqual([line.split("\t")[5] for line in out.splitlines()],
                         ["engine", "ppocr", "ppocr", "tesseract", ""])

    def unsure(self, *confidences):
        """Has the next job read, each picture of two characters with the second one so sure."""
        names = [f"p{n:02}.png" for n in range(len(confidences))]
        view = job_json(f"job{len(self.service.jobs)}", ids_and_texts=[(name, "xy") for name in names], confidence=1)
        for name, confidence, result in zip(names, confidences, view["result"]["results"]):
            pathlib.Path(name).write_bytes(name.encode())
            result["characters"][1]["confidence"] = confidence
        self.service.fates[len(self.service.jobs)] = view
        return names

    def test_pictures_read_with_doubt_are_named(self):
        status, _, err = self.run_command(*self.unsure(0.8, 0.79, 0.4))
        self.assertEqual((status, err), (0, (
            "glyphgate-ocr: p01.png: warning: 1 of 2 characters with a confidence below 0.8 (least 0.79, mean 0.90)\n"
            "glyphgate-ocr: p02.png: warning: 1 of 2 characters with a confidence below 0.8 (least 0.40, mean 0.70)\n"
        )))
        self.assertEqual(self.run_command(*self.unsure(0.8, 0.79), "--warn-below", "0.5")[2], "")
        self.assertEqual(self.run_command(*self.unsure(0.0), "--warn-below", "0")[2], "")
        self.assertIn("below 1 ", self.run_command(*self.unsure(0.99), "--warn-below", "1")[2])

    def test_no_more_than_ten_are_named(self):
        for count, last in ((10, "p09.png: warning: "), (11, "warning: 1 more picture has characters with a "),
                            (30, "warning: 20 more pictures have characters with a confidence below 0.8")):
            with self.subTest(count):
                lines = self.run_command(*self.unsure(*[0.1] * count))[2].splitlines()
                self.assertEqual(len(lines), min(count, 11))
                self.assertTrue(lines[-1].startswith(f"glyphgate-ocr: {last}"), lines[-1])

    def with_engines(self, *engines):
        self.service.health = {**HEALTH, "engines": list(engines)}

    def test_engines_are_listed(self):
        ppocr = {"name": "ppocr", "version": "PP-OCRv4", "languages": ["en", "zh-Hans"]}
        absent = {"name": "ppocr", "absent": "its parts are not there"}
        tesseract = {"name": "tesseract", "languages": ["eng"]}
        google = {"name": "google"}
        self.with_engines(ppocr, tesseract)
        self.assertEqual(self.run_command("--engines"), (
            0, "ppocr (PP-OCRv4) reads en, zh-Hans\ntesseract reads eng\n", ""))
        self.assertEqual(self.run_command("--engines", "--format", "table")[1],
                         "name\tversion\tlanguages\tabsent\nppocr\tPP-OCRv4\ten,zh-Hans\t\ntesseract\t\teng\t\n")
        self.with_engines(google, absent)
        self.assertEqual(self.run_command("--engines"), (
            0, "google reads languages that the service does not list\nppocr is absent: its parts are not there\n", ""))
        self.assertEqual(json.loads(self.run_command("--engines", "--format", "json")[1]), [google, absent])
        self.assertEqual(self.run_command("--engines", "--output", "out.txt"), (0, "", ""))
        self.assertEqual(len(pathlib.Path("out.txt").read_text().splitlines()), 2)
        self.assertEqual(self.service.jobs, [])

    def test_engines_of_a_service_that_does_not_tell_them(self):
        self.service.health = HEALTH
        self.assertEqual(self.run_command("--engines"), (
            0, "", "glyphgate-ocr: the service does not tell what its engines read: it is an older one\n"))
        self.assertEqual(self.run_command("--engines", url="http://127.0.0.1:9")[0], 3)
        self.assertEqual(self.run_process("--engines", streams=">&-")[0], 2)

    def test_wrong_usage_is_2_and_asks_the_service_nothing(self):
        os.mkdir("empty")
        for arguments, message in [(["missing.png"], "'missing.png' cannot be read"),
                                   (["empty"], "'empty' holds no picture and no PDF"),
                                   (["a.png", "--output", "no/such/folder"], "'no/such/folder' cannot be written"),
                                   (["a.png", "--format", "xml"], "invalid choice"), ([], "required"),
                                   (["a.png", "--max-delay", "1.5"], "'1.5' is not a whole number of seconds"),
                                   (["a.png", "--max-delay=-1"], "'-1' is not a whole number of seconds"),
                                   (["a.png", "--engines"], "--engines takes no FILE"),
                                   (["--engines", "--format", "hocr"], "--engines has no --format hocr"),
                                   (["a.png", "--quote", "--format", "pdf"], "--quote has no --format pdf"),
                                   (["a.png", "--quote", "--output", "sub"], "'sub' is a directory"),
                                   (["a.png", "--engine", "abbyy"], "invalid choice"),
                                   (["a.png", "--dpi", "high"], "'high' is not a whole number of dots an inch"),
                                   *((["a.png", f"--warn-below={word}"], f"'{word}' is not a confidence from 0 to 1")
                                     for word in ("80", "-0.1", "nan", "much"))]:
            with self.subTest(message):
                status, out, err = self.run_command(*arguments)
                self.assertEqual((status, out), (2, ""))
                self.assertIn(message, err)
        self.assertEqual(self.run_command("a.png", url="localhost:8000")[0], 2)
        self.assertEqual(self.service.requests, [])

    def test_no_service_or_its_refusal_is_3(self):
        status, out, err = self.run_command("a.png", url="http://127.0.0.1:9")
        self.assertEqual((status, out), (3, ""))
        self.assertIn("no answer from http://127.0.0.1:9", err)
        self.service.refusals = [problem(401)]
        self.assertEqual(self.run_command("a.png")[0], 3)
        self.service.refusals = [problem(429, headers={"Retry-After": "9"})]
        self.assertEqual(self.run_command("a.png", "--retry-for", "1")[0], 3)

    def test_what_was_read_before_a_refusal_is_written(self):
        self.service.max_images = 1

        def answer(request):
            is_post = request.target == "/ocr/jobs"
            limited = is_post and self.service.jobs
            return problem(429, headers={"Retry-After": "9"}) if limited else self.service._reply(request)

        for name in ("a.png", "b.jpg"):
            pathlib.Path(name).write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0dIHDR\0\0\0\5\0\0\0\6" + b"\0" * 10)
        self.service._answer = answer
        status, out, err = self.run_command("a.png", "b.jpg", "--format", "table", "--retry-for", "0")
        self.assertEqual(status, 3)
        self.assertEqual([line.split("\t")[0] for line in out.splitlines()], ["id", "a.png"])
        self.assertIn("1 of 2 pictures were read before it stopped", err)

    def test_the_environment_names_service_and_key(self):
        environment = {**os.environ, "GLYPHGATE_URL": self.service.url, "GLYPHGATE_API_KEY": "s3cret",
                       "PYTHONPATH": str(PACKAGE_FOLDER), "LC_ALL": "C"}
        pathlib.Path("a.png").write_bytes(b"fa\xe7ade")
        done = subprocess.run([sys.executable, "-m", "glyphgate", "a.png"], env=environment, capture_output=True,
                              timeout=60)
        self.assertEqual((done.returncode, done.stdout.decode(), done.stderr), (0, "façade\n", b""))
        self.assertEqual(self.service.requests[0].headers["Authorization"], "Bearer s3cret")

    def test_a_key_comes_from_a_file(self):
        pathlib.Path("key").write_text("s3cret \nalice:0123\n")
        self.assertEqual(self.run_command("a.png", "--api-key-file", "key")[0], 0)
        self.assertEqual(self.service.requests[0].headers["Authorization"], "Bearer s3cret")
        pathlib.Path("empty").write_text("\ns3cret\n")
        for arguments, message in [(["--api-key-file", "missing"], "'missing' cannot be read"),
                                   (["--api-key-file", "empty"], "'empty' has no key in its first line"),
                                   (["--api-key-file", "key", "--key", "k"], "not allowed with")]:
            with self.subTest(message):
                status, out, err = self.run_command("a.png", *arguments)
                self.assertEqual((status, out), (2, ""))
                self.assertIn(message, err)

    def test_a_reader_that_leaves_is_no_error_to_talk_about(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        try:
            done = subprocess.run([sys.executable, "-m", "glyphgate", "a.png", "--url", self.service.url],
                                  env={**os.environ, "PYTHONPATH": str(PACKAGE_FOLDER)}, stdout=write_end,
                                  stderr=subprocess.PIPE, timeout=60)
        finally:
            os.close(write_end)
        self.assertEqual((done.returncode, done.stderr), (4, b""))

    def test_ctrl_c_is_130_and_prints_what_was_read(self):
        with mock.patch("glyphgate.client.OCRClient.process_batch", side_effect=KeyboardInterrupt):
            self.assertEqual(self.run_command("a.png"), (130, "", ""))
        interrupt = KeyboardInterrupt()
        interrupt.results = [PictureResult("a.png", "first", ())]
        with mock.patch("glyphgate.client.OCRClient.process_batch", side_effect=interrupt):
            self.assertEqual(self.run_command("a.png", "b.jpg")[:2], (130, "first\n"))

    def test_a_closed_standard_output_is_known_before_anything_is_paid(self):
        status, _, err = self.run_process("a.png", streams=">&-")
        self.assertEqual((status, err), (2, "glyphgate-ocr: standard output cannot be written: it is closed\n"))
        self.assertEqual(self.service.requests, [])
        # It is not needed where there is another.
        self.assertEqual(self.run_process("a.png", "--output", "out", streams=">&-"), (0, "", ""))

    @unittest.skipUnless(os.path.exists("/dev/full"), "no full disk to try")
    def test_a_full_disk_for_the_output_loses_nothing(self):
        status, out, err = self.run_process("a.png", "--output", "/dev/full")
        self.assertEqual((status, out), (4, "first\n"))
        self.assertIn("'/dev/full' cannot be written: No space left on device", err)
        self.assertIn("the results are on standard output", err)
        status, out, err = self.run_process("a.png", streams=">/dev/full")
        self.assertEqual((status, out), (4, ""))
        self.assertIn("standard output cannot be written: No space left on device", err)
        self.assertIn("to run the same command again costs nothing", err)
        status, _, _ = self.run_process("a.png", "--output", "/dev/full", streams=">/dev/full 2>/dev/full")
        self.assertEqual(status, 4)

    def test_a_standard_error_that_is_closed_or_full_is_not_needed(self):
        self.service.culprits = {"b.jpg": "it is damaged"}
        for streams in ("2>&-", "2>/dev/full"):
            self.assertEqual(self.run_process("a.png", streams=streams), (0, "first\n", ""))
            self.assertEqual(self.run_process("a.png", "b.jpg", "--format", "table", streams=streams)[0], 1)
            self.assertEqual(self.run_process("missing", streams=streams), (2, "", ""))
            self.assertEqual(self.run_process("--wrong", streams=streams)[0], 2)
            self.assertEqual(self.run_process("a.png", url="http://127.0.0.1:9", streams=streams), (3, "", ""))
        self.assertEqual(self.run_process("a.png", "b.jpg", streams=">&- 2>&-")[0], 2)

    def test_a_text_that_the_terminal_cannot_show_is_shown_as_far_as_it_can(self):
        self.service.fates[0] = job_json("job0", ids_and_texts=[("a.png", "\ud800 今")])
        self.assertEqual(self.run_process("a.png"), (0, "\\ud800 今\n", ""))
        self.service.fates[1] = job_json("job1", ids_and_texts=[("a.png", "\ud800 今")])
        self.assertEqual(self.run_process("a.png", "--output", "out"), (0, "", ""))
        self.assertEqual(pathlib.Path("out").read_text(encoding="utf-8"), "\\ud800 今\n")

    def test_paths_that_cannot_be_ids(self):
        deep = pathlib.Path("sub/" + "/".join(["d" * 60] * 5))
        deep.mkdir(parents=True)
        (deep / "deep.png").write_bytes(b"deep")
        for name, content in ((b"sub/new\nline.png", b"newline"), (b"sub/\xff.png", b"no text")):
            with open(name, "wb") as file:
                file.write(content)
        status, out, err = self.run_process("sub", "--format", "json")
        self.assertEqual(status, 0)
        self.assertEqual([r["text"] for r in json.loads(out)], ["third", "deep", "fourth", "newline", "no text"])
        self.assertEqual(err.count("cannot be an id; the picture's id is "), 3)
        self.assertIn(r"'sub/new\nline.png' cannot be an id; the picture's id is sub/new?line.png~", err)
        # The same in every run, so that the job is found by its content.
        self.assertEqual(self.run_process("sub", "--format", "json"), (status, out, err))
        self.assertEqual(self.run_process("sub/new\nline.png")[:2], (0, "newline\n"))

    def test_what_is_wrong_in_a_directory_fails_no_other_file(self):
        os.symlink("nowhere", "sub/a-dangling.png")
        os.mkfifo("sub/b-fifo.png")
        status, out, err = self.run_command("sub", "--format", "table")
        self.assertEqual(status, 1)
        self.assertEqual([line.split("\t")[0] for line in out.splitlines()[1:]],
                         ["sub/a-dangling.png", "sub/b-fifo.png", "sub/c.WEBP", "sub/deep/d.jpeg"])
        self.assertIn("sub/a-dangling.png: the picture 'sub/a-dangling.png' cannot be read: No such file", err)
        self.assertIn("glyphgate-ocr: sub/b-fifo.png: 'sub/b-fifo.png' is not a file", err)

    def test_a_directory_that_cannot_be_listed_is_told(self):
        real = os.scandir

        def scandir(path):
            if os.fspath(path) == "sub/deep":
                raise PermissionError(13, "Permission denied", path)
            return real(path)

        with mock.patch("os.scandir", scandir):
            status, out, err = self.run_command("sub", "--format", "table")
        self.assertEqual((status, len(out.splitlines())), (1, 2))
        self.assertIn("the directory 'sub/deep' cannot be read: Permission denied", err)

    def test_a_file_that_vanishes_in_mid_batch(self):
        def answer(request):
            pathlib.Path("b.jpg").unlink(missing_ok=True)
            return self.service._reply(request)

        for name in ("a.png", "b.jpg", "sub/c.WEBP"):
            pathlib.Path(name).write_bytes(png(5, 6))
        self.service._answer = answer
        status, out, err = self.run_command("a.png", "b.jpg", "sub/c.WEBP", "--format", "table")
        self.assertEqual(status, 1)
        self.assertEqual(len(out.splitlines()), 4)
        self.assertEqual(err, "glyphgate-ocr: b.jpg: the picture 'b.jpg' cannot be read: No such file or directory\n")

    def test_certificates_to_trust(self):
        for path, message in (("missing.pem", "No such file"), ("a.png", "holds no certificates to trust")):
            status, _, err = self.run_command("a.png", "--cacert", path)
            self.assertEqual(status, 2)
            self.assertIn(message, err)

    def test_hints_that_are_not_unicode(self):
        status, _, err = self.run_command("a.png", "--hints", os.fsdecode(b"\xff"))
        self.assertEqual(status, 2)
        self.assertIn("is not valid Unicode", err)

    def test_a_picture_from_a_pipe(self):
        for others in ((), ("b.jpg",)):
            with mock.patch.object(self.service, "max_images", 1):
                read_end, write_end = os.pipe()
                os.write(write_end, b"through a pipe")
                os.close(write_end)
                status, out, _ = self.run_command(f"/dev/fd/{read_end}", *others)
                os.close(read_end)
            self.assertEqual(status, 0)
            self.assertIn("through a pipe\n", out)

    def test_times_that_are_none(self):
        for option in ("--timeout", "--retry-for"):
            for value in ("nan", "-1", "soon"):
                self.assertEqual(self.run_command("a.png", f"{option}={value}")[0], 2)
        self.assertEqual(self.run_command("a.png", "--timeout=inf", "--retry-for=inf")[0], 0)
