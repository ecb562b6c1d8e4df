import io
import tempfile
import unittest
from unittest import mock

from glyphgate import Documents, NotFound, OCRClient, ServiceUnreachable, UnexpectedAnswer, WriteFailed

from .fake_service import FakeService
from .raw_server import RawServer, answer_with
from .scripted_server import RESET, Reply, ScriptedServer, problem

ALTO = Reply(200, b"<alto/>", {"Content-Type": "application/xml"})


class ExportTest(unittest.TestCase):
    def setUp(self):
        patch = mock.patch("glyphgate.interrupt.pause")
        patch.start()
        self.addCleanup(patch.stop)

    def exported(self, replies, to=None):
        to = to or io.BytesIO()
        with ScriptedServer(replies) as server, OCRClient(server.url) as client:
            try:
                client.export_job("j", "alto", to)
            finally:
                self.requests = server.requests
        return to.getvalue()

    def test_a_job_and_a_picture_are_asked_for_by_their_paths(self):
        with FakeService() as service, OCRClient(service.url) as client:
            for export, path in ((lambda to: client.export_job("j b", "pdf", to), "/ocr/jobs/j%20b?format=pdf"),
                                 (lambda to: client.export_picture("j", "a/b c#1", "hocr", to),
                                  "/ocr/jobs/j/images/a%2Fb%20c%231?format=hocr")):
                written = io.BytesIO()
                export(written)
                self.assertEqual(service.targets[-1], f"GET {path}")
                self.assertEqual(service.requests[-1].headers["Accept"], "*/*")
                self.assertTrue(written.getvalue().startswith(b"<"))

    def test_what_a_form_wants_to_know_is_told(self):
        with FakeService() as service, OCRClient(service.url) as client:
            client.export_job("j", "srt", io.BytesIO(), timestamps="0,0.5")
            client.export_picture("j", "a", "pdf", io.BytesIO(), dpi=300)
            self.assertEqual(service.targets[-2:], ["GET /ocr/jobs/j?format=srt&timestamps=0%2C0.5",
                                                    "GET /ocr/jobs/j/images/a?format=pdf&dpi=300"])

    def test_what_the_file_held_goes(self):
        self.assertEqual(self.exported([ALTO], io.BytesIO(b"something longer")), b"<alto/>")

    def test_a_refusal_is_raised_and_not_written(self):
        to = io.BytesIO(b"before")
        with self.assertRaises(NotFound):
            self.exported([problem(404)], to)
        self.assertEqual(to.getvalue(), b"before")

    def test_another_try_begins_anew(self):
        self.assertEqual(self.exported([RESET, problem(503, headers={"Retry-After": "0"}), ALTO]), b"<alto/>")
        self.assertEqual(len(self.requests), 3)

    def test_half_a_body_is_no_export(self):
        whole = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 9\r\n\r\n<al"
        chunked = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<al\r\n"
        for raw in (whole, chunked):
            with RawServer(answer_with(raw)) as server, OCRClient(server.url, retry_for=0) as client:
                with self.subTest(raw), self.assertRaises(ServiceUnreachable):
                    client.export_job("j", "alto", io.BytesIO())

    def test_a_service_without_forms_is_told(self):
        with self.assertRaisesRegex(UnexpectedAnswer, "does not write alto: it is an older one"):
            self.exported([Reply(200, {"job_id": "j"})])

    def test_a_full_disk_is_not_asked_again(self):
        class Full(io.BytesIO):
            def write(self, _):
                raise OSError(28, "No space left on device")

        with self.assertRaisesRegex(WriteFailed, "No space left on device"):
            self.exported([ALTO], Full())
        self.assertEqual(len(self.requests), 1)

    def test_it_goes_to_a_file_in_pieces(self):
        long = Reply(200, b"x" * 1_000_000, {"Content-Type": "text/plain"})
        with tempfile.TemporaryFile() as file, ScriptedServer([long]) as server, OCRClient(server.url) as client:
            client.export_job("j", "txt", file)
            file.seek(0)
            self.assertEqual(file.read(), long.body)


class DocumentsTest(unittest.TestCase):
    def test_their_wishes_are_fields_of_the_job(self):
        with FakeService() as service, OCRClient(service.url) as client:
            client.submit_job([("a.pdf", b"%PDF-")], documents=Documents(pages="1-3,7", dpi=300, pdf_text="prefer"),
                              keep_images=True)
            client.submit_job([("a.pdf", b"%PDF-")])
        self.assertEqual(service.other_fields, [
            {"pages": "1-3,7", "dpi": "300", "pdf_text": "prefer", "keep_images": "true"}, {}])

    def test_one_job_holds_all_whatever_fits_in_a_call(self):
        with FakeService(max_images=1) as service, OCRClient(service.url) as client:
            results = client.process_batch([("a", b"1"), ("b", b"2")], progress=False, one_job=True)
        self.assertEqual(service.jobs, [["a", "b"]])
        self.assertEqual([r.text for r in results], ["1", "2"])
