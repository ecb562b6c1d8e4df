"""What monitors the service: /metrics, the alerts for Prometheus and the dashboard for Grafana."""

import json
import pathlib
import re
import shutil
import subprocess
import tomllib
import unittest
import urllib.request

import jsonschema

from support import ROOT, run, service, text_of

RULES = "deploy/prometheus/glyphgate.rules.yml"
DASHBOARD = "deploy/grafana/glyphgate.json"

# A name in an expression that is a metric's: those of the service, and of processes.
METRIC = re.compile(r"\b(?:glyphgate|process|http_server)_[a-z_]+\b")
LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"")


def get(url, picture=None):
    """What is there, or the answer to a picture that is posted there."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, picture, {"Content-Type": "image/jpeg"}), timeout=30) as answer:
        return answer.read().decode()


def rule_expressions():
    """The text of each rule's expression."""
    found = re.findall(r"^( *)expr: (\|\n(?:\1 +.*\n)+|.*\n)", text_of(RULES), re.M)
    return [expression for _, expression in found]


def dashboard_expressions():
    """The expression of each target, and the query of each variable."""
    dashboard = json.loads(text_of(DASHBOARD))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


class Monitoring(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # An engine and a client have been at work, and every limit is set, so that every family has a series.
        limits = {f"{window}_{what}": "1000" for window in ("MINUTE", "HOURLY", "DAILY", "MONTHLY")
                  for what in ("API_CALLS_LIMIT", "BUDGET_USD")}
        # Nobody listens on the port of "discard".
        with service(OCR_ENGINE="tesseract", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", **limits) as url:
            picture = (ROOT / "docs/samples/caption-en-01.jpg").read_bytes()
            job = json.loads(get(url + "/ocr/jobs", picture))["job_id"]
            get(f"{url}/ocr/jobs/{job}?wait=55")
            cls.text = get(url + "/metrics")
        cls.series = {re.match(r"[a-z_]+", line)[0] for line in cls.text.splitlines() if not line.startswith("#")}

    def test_every_metric_of_the_alerts_is_there(self):
        self.assert_all_there(rule_expressions(), 15)

    def test_every_metric_of_the_dashboard_is_there(self):
        self.assert_all_there(list(dashboard_expressions()), 50)

    def assert_all_there(self, expressions, at_least):
        self.assertGreaterEqual(len(expressions), at_least)
        for expression in expressions:
            names = METRIC.findall(expression)
            self.assertTrue(names, f"no metric in {expression}")
            self.assertEqual([name for name in names if name not in self.series], [], expression)

    def test_a_metric_that_is_not_there_would_be_found(self):
        self.assertNotIn("glyphgate_queue_calls_waitin", self.series)
        self.assertEqual(METRIC.findall("rate(glyphgate_queue_calls_waitin[5m])"), ["glyphgate_queue_calls_waitin"])

    def test_every_label_that_they_choose_by_is_one_of_some_metric(self):
        labels = set(LABEL.findall(self.text.replace('{', ' '))) | {"job", "instance"}
        for expression in [*rule_expressions(), *dashboard_expressions()]:
            self.assertEqual(set(LABEL.findall(expression)) - labels, set(), expression)

    def test_the_page_names_every_metric_and_no_other(self):
        page = set(METRIC.findall(text_of("docs/metrics.md")))
        families = set(re.findall(r"^# TYPE (\S+)", self.text, re.M))
        self.assertEqual(families - page, set())
        # Of keys there are none here.
        self.assertEqual({name for name in page - families if "key_window" not in name}, set())

    def test_the_dashboard_has_the_form_that_grafana_reads(self):
        schema = json.loads(text_of("tests/deploy/dashboard.schema.json"))
        dashboard = json.loads(text_of(DASHBOARD))
        jsonschema.Draft7Validator.check_schema(schema)
        jsonschema.validate(dashboard, schema)
        ids = [panel["id"] for panel in dashboard["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        dashboard["panels"][0]["targets"][0].pop("expr")
        with self.assertRaises(jsonschema.ValidationError):
            jsonschema.validate(dashboard, schema)

    def test_no_two_panels_lie_on_each_other(self):
        taken = set()
        for panel in json.loads(text_of(DASHBOARD))["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells

    def test_fly_scrapes_the_port_that_is_for_that(self):
        fly = tomllib.loads(text_of("fly.toml"))
        scraped, = fly["metrics"]
        self.assertEqual(scraped, {"port": int(fly["env"]["METRICS_PORT"]), "path": "/metrics"})
        # Nothing brings strangers there.
        self.assertNotEqual(fly["http_service"]["internal_port"], scraped["port"])
        self.assertNotIn("services", fly)

    @unittest.skipUnless(shutil.which("promtool"), "promtool, of Debian's prometheus, is not there")
    def test_promtool_has_nothing_to_say(self):
        checked = run("promtool", "check", "rules", RULES)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        linted = subprocess.run(["promtool", "check", "metrics"], input=self.text, capture_output=True, text=True,
                                check=False)
        self.assertEqual((linted.returncode, linted.stdout + linted.stderr), (0, ""))

    @unittest.skipUnless(shutil.which("promtool"), "promtool, of Debian's prometheus, is not there")
    def test_the_alerts_say_what_they_should(self):
        tested = run("promtool", "test", "rules", pathlib.Path("tests/deploy/rules_test.yml"))
        self.assertEqual(tested.returncode, 0, tested.stdout + tested.stderr)


if __name__ == "__main__":
    unittest.main()
