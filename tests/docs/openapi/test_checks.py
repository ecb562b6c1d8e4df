#!/usr/bin/python3
"""That the checks of docs/openapi.yaml, and what makes it, find what is wrong: each fault is planted in a copy.

    test_checks.py OPENAPI_JSON          build/dev/http/description/openapi.json
"""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import check_document
import check_exchanges
from description import Description

JOB_ID = "a617d40431651aec120230f4fa1d743e"
FIELDS = {"x-request-id": "a", "content-type": "application/json", "cache-control": "no-store"}
LIMITS = {"ratelimit-policy": '"minute";q=10;w=60, "hour";q=100;w=3600, "day";q=1000;w=86400',
          "ratelimit": '"minute";r=9;t=59'}
ACCEPTED = {"job_id": JOB_ID, "status": "pending", "message": "The job is accepted."}


class Document(unittest.TestCase):
    def setUp(self):
        self.description = Description(OPENAPI)

    def assert_found(self, fault):
        self.assertRegex("\n".join(check_document.Checker(self.description).faults()), fault)

    def at(self, *place):
        node = self.description.document
        for part in place:
            node = node[part]
        return node

    def test_it_is_in_order(self):
        self.assertEqual(list(check_document.Checker(self.description).faults()), [])

    def test_references(self):
        self.at("components", "schemas", "JobList", "properties")["jobs"]["items"] = {"$ref": "#/components/schemas/Jobs"}
        self.assert_found("Jobs leads nowhere")
        self.assert_found("JobSummary is not used")

    def test_operations(self):
        get = self.at("paths", "/ocr/jobs", "get")
        get["operationId"] = "submitJob"
        get["tags"] = ["job"]
        self.assert_found("submitJob is there twice")
        self.assert_found(r"tags \['job'\] are not described")

    def test_parameters(self):
        self.at("paths", "/ocr/jobs/{id}")["parameters"] = []
        self.assert_found(r"get /ocr/jobs/\{id\}: the parameters of its path are \[\]")

    def test_schemas(self):
        self.at("components", "schemas", "Usage")["required"].append("jobs_this_year")
        self.at("components", "schemas", "Window")["type"] = "objekt"
        self.assert_found("asks for jobs_this_year")
        self.assert_found("Window: no schema")

    def test_examples(self):
        content = self.at("paths", "/capacity", "post", "responses", "200", "content", "application/json")
        content["examples"]["caption"]["value"]["limiting_factor"] = "width"
        self.assert_found("/limiting_factor: 'width' is not one of")

    def test_sources(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            (root / "http" / "surfaces").mkdir(parents=True)
            (root / "core").mkdir()
            (root / "http" / "surfaces" / "a.cpp").write_text(
                'constexpr std::string_view path = "/ocr/jobz";\nmake_problem(418, "short-and-stout", "T", "");\n')
            (root / "core" / "error.cpp").write_text('  case ec::too_late: return "too_late";\n')
            found = "\n".join(check_document.against_sources(self.description.document, root))
        self.assertIn("the surfaces serve /ocr/jobz, which is not described", found)
        self.assertIn("a problem can be short-and-stout", found)
        self.assertIn("a problem can be too-late", found)


class Exchanges(unittest.TestCase):
    def faults(self, method, target, status, fields, body=None):
        text = "" if body is None else json.dumps(body)
        line = {"test": "t", "method": method, "target": target, "status": status, "headers": list(fields.items()),
                "body": text, "bytes": len(text)}
        self.checker = check_exchanges.Checker(Description(OPENAPI))
        return list(self.checker.faults(check_exchanges.Exchange(line)))

    def posted(self, body=None, **fields):
        return self.faults("POST", "/ocr/jobs", 202,
                           {**FIELDS, **LIMITS, "location": f"/ocr/jobs/{JOB_ID}", "retry-after": "1", **fields},
                           ACCEPTED if body is None else body)

    def assert_found(self, found, *faults):
        self.assertEqual(len(found), len(faults), found)
        for one, fault in zip(sorted(found), sorted(faults)):
            self.assertIn(fault, one)

    def test_what_is_described_is_counted(self):
        self.assertEqual(self.posted(), [])
        self.assertEqual(dict(self.checker.seen), {("submitJob", 202): 1})

    def test_members(self):
        self.assert_found(self.posted({**ACCEPTED, "more": 1}), "('more' was unexpected)")
        self.assert_found(self.posted({**ACCEPTED, "status": "done"}), "/status: 'done' is not one of")
        self.assert_found(self.posted({"job_id": JOB_ID, "status": "pending"}), "'message' is a required property")

    def test_fields(self):
        self.assert_found(self.posted(**{"retry-after": "soon"}), "retry-after: /: 'soon' is not of type 'integer'")
        self.assert_found(self.posted(**{"x-more": "1"}), "the field x-more is not described")
        self.assert_found(self.posted(**{"content-type": "text/html"}), "the type text/html is none of")
        self.assert_found(self.faults("GET", "/livez", 200, {"content-type": "application/json"}, {"status": "alive"}),
                          "x-request-id is missing")

    def test_statuses(self):
        self.assert_found(self.faults("GET", "/livez", 201, FIELDS, {}), "getLiveness is not described to answer 201")
        self.assert_found(self.faults("DELETE", f"/ocr/jobs/{JOB_ID}", 204, {**FIELDS, **LIMITS}, {}), "there is a body of 2")
        problem = {"type": "urn:glyphgate:problem:internal", "title": "T", "status": 501}
        fields = {**FIELDS, "content-type": "application/problem+json"}
        self.assert_found(self.faults("GET", "/livez", 500, fields, problem), "the problem says 501")
        # Within the range, and no status of it.
        self.assert_found(self.faults("GET", "/livez", 418, fields, {**problem, "status": 418}),
                          "418 is not one of", "internal' is not one of")

    def test_paths_and_methods(self):
        self.assert_found(self.faults("GET", "/ocr/job", 200, FIELDS, {}), "is not described, and answered with 200")
        self.assert_found(self.faults("PUT", "/ocr/jobs", 200, FIELDS, {}), "is not described, and answered with 200")
        self.assert_found(self.faults("OPTIONS", "/livez", 204, {"allow": "GET, OPTIONS"}), "Allow is GET, OPTIONS")
        self.assertEqual(self.faults("OPTIONS", "/livez", 204, {"allow": "GET, HEAD, OPTIONS"}), [])
        self.assertEqual(self.faults("GET", "/livez/", 308, {"location": "/livez"}), [])
        self.assert_found(self.faults("GET", "/live/", 308, {"location": "/live"}), "answered with 308")

    def test_a_job_agrees_with_its_status(self):
        content = Description(OPENAPI).response("/ocr/jobs/{id}", "get", 200)["content"]["application/json"]
        job = copy.deepcopy(content["examples"]["completed"]["value"])
        fields = {**FIELDS, **LIMITS, "etag": '"' + "0" * 32 + '"', "vary": "Accept-Encoding"}
        self.assertEqual(self.faults("GET", f"/ocr/jobs/{JOB_ID}", 200, fields, job), [])
        self.assert_found(self.faults("GET", f"/ocr/jobs/{JOB_ID}", 200, fields, {**job, "result": None}),
                          "/result: None is not of type 'object'")
        self.assertNotEqual(self.faults("GET", f"/ocr/jobs/{JOB_ID}", 200, fields, {**job, "status": "pending"}), [])
        job["result"]["results"][0]["error"] = "it is damaged"
        self.assertNotEqual(self.faults("GET", f"/ocr/jobs/{JOB_ID}", 200, fields, job), [])
        self.assertNotEqual(self.faults("GET", f"/ocr/jobs/{JOB_ID}?wait=60", 200, fields,
                                        content["examples"]["waiting"]["value"]), [])


class Made(unittest.TestCase):
    """http/description/describe.py."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.text = (check_document.REPOSITORY / "docs" / "openapi.yaml").read_text(encoding="utf-8")

    def make(self, version):
        source = self.folder / "openapi.yaml"
        source.write_text(self.text, encoding="utf-8")
        return subprocess.run(["/usr/bin/python3", "-B", check_document.REPOSITORY / "http" / "description" / "describe.py",
                               "--version", version, source, self.folder], capture_output=True, encoding="utf-8",
                              timeout=60, check=False)

    def files(self):
        return {file.name: file.read_bytes() for file in self.folder.iterdir()}

    def version(self):
        return json.loads(pathlib.Path(OPENAPI).read_text(encoding="utf-8"))["info"]["version"]

    def test_the_same_bytes_each_time(self):
        self.assertEqual((self.make(self.version()).stderr, set(self.files())),
                         ("", {"openapi.yaml", "openapi.json", "docs.html", "description_text.cpp"}))
        first = self.files()
        self.make(self.version())
        self.assertEqual(self.files(), first)
        self.assertEqual(first["openapi.json"], pathlib.Path(OPENAPI).read_bytes())

    def test_a_date_is_a_text(self):
        self.text = self.text.replace('{ date: "2026-11-27"', "{ date: 2026-11-27")
        self.assertEqual(self.make(self.version()).returncode, 0)
        self.assertIn(b'"date":"2026-11-27"', self.files()["openapi.json"])

    def test_another_version_is_refused(self):
        done = self.make("9.9.9")
        self.assertEqual((done.returncode, set(self.files())), (1, {"openapi.yaml"}))
        self.assertIn(f"describes version {self.version()}, and the program is 9.9.9: correct info.version", done.stderr)

    def test_what_is_given_twice_is_refused(self):
        self.text = self.text.replace("  /livez:\n", "  /readyz:\n")
        done = self.make(self.version())
        self.assertEqual(done.returncode, 1)
        self.assertIn("/readyz is given twice", done.stderr)

    def test_what_is_no_yaml_is_refused_with_its_place(self):
        self.text = self.text.replace("paths:\n", "paths: [\n")
        done = self.make(self.version())
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"openapi\.yaml: .*\n.* line \d+")

    def test_what_it_says_is_text(self):
        self.text = self.text.replace("summary: List jobs, newest first", "summary: <script>alert(1)</script> & more")
        self.make(self.version())
        page = self.files()["docs.html"].decode()
        self.assertNotIn("<script", page)
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more", page)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    OPENAPI = sys.argv.pop(1)
    unittest.main()
