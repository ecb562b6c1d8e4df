"""The workflows, as they are and as a monorepo gets them."""

import pathlib
import re
import shutil
import tempfile
import unittest

import yaml
from support import ROOT, run, text_of

CI = ".github/workflows/ci.yml"
DEPLOY = ".github/workflows/deploy-ocr-service.yml"
FOLDER = "services/ocr"


def parsed(text):
    workflow = yaml.safe_load(text)
    # YAML 1.1 takes the key `on` for a boolean.
    workflow["on"] = workflow.pop(True)
    return workflow


def steps_of(workflow):
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


class Workflows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = {path: parsed(text_of(path)) for path in (CI, DEPLOY)}

    def test_each_may_read_the_sources_and_no_more(self):
        for path, workflow in self.files.items():
            self.assertEqual(workflow["permissions"], {"contents": "read"}, path)
            for job in workflow["jobs"].values():
                self.assertNotIn("permissions", job, path)

    def test_actions_are_pinned_by_commit_and_say_their_version(self):
        used = [line for path in self.files for line in re.findall(r"^.*\buses: *(.*)$", text_of(path), re.M)]
        foreign = [line for line in used if not line.startswith("./")]
        self.assertGreater(len(foreign), 3)
        pins = {}
        for line in foreign:
            self.assertRegex(line, r"^[\w/-]+@[0-9a-f]{40} # v?\d+(\.\d+)+$")
            action, _, pin = line.partition("@")
            # One version of each, everywhere.
            self.assertEqual(pins.setdefault(action, pin), pin)
        self.assertEqual(pins.keys(), {"actions/checkout", "superfly/flyctl-actions/setup-flyctl"})

    def test_flyctl_is_pinned(self):
        setup = next(step for step in steps_of(self.files[DEPLOY]) if "setup-flyctl" in step.get("uses", ""))
        self.assertRegex(str(setup["with"]["version"]), r"^\d+\.\d+\.\d+$")

    def test_every_job_ends(self):
        for workflow in self.files.values():
            for name, job in workflow["jobs"].items():
                self.assertTrue("uses" in job or job["timeout-minutes"] <= 90, name)

    def test_commands_are_the_projects_own(self):
        """No text of a pull request or a commit reaches a shell, and every script that is called is there."""
        called = set()
        for workflow in self.files.values():
            for step in steps_of(workflow):
                command = step.get("run", "")
                self.assertEqual(set(re.findall(r"\$\{\{ *([^}]*?) *\}\}", command)) - {"matrix.preset"}, set())
                called |= set(re.findall(r"(?:script|deploy)/[\w.-]+", command))
        for path in called:
            self.assertTrue((ROOT / path).exists(), path)
        self.assertLess({"script/test", "deploy/test-image.sh", "deploy/smoke.sh", "deploy/deploy.sh"}, called)

    def test_ci_runs_on_the_images_debian(self):
        base = re.search(r"^ARG BASE=(.*)$", text_of("deploy/Dockerfile"), re.M)[1]
        containers = {job["container"] for workflow in self.files.values() for job in workflow["jobs"].values()
                      if "container" in job}
        self.assertEqual(containers, {base})

    def test_ci_tests_the_presets_that_every_change_must_pass(self):
        presets = re.findall(r"^script/test .*?--preset (\w+)", text_of(".ci/run"), re.M)
        self.assertEqual(set(self.files[CI]["jobs"]["test"]["strategy"]["matrix"]["preset"]), set(presets))

    def test_threads_are_checked_every_week_and_by_hand(self):
        ci = self.files[CI]
        self.assertEqual(len(ci["on"]["schedule"]), 1)
        self.assertRegex(ci["on"]["schedule"][0]["cron"], r"^\d+ \d+ \* \* [0-6]$")
        self.assertIn("workflow_dispatch", ci["on"])
        job = ci["jobs"]["tsan"]
        self.assertIn("script/test --preset tsan", [step.get("run") for step in job["steps"]])
        for event in ("schedule", "workflow_dispatch"):
            self.assertIn(f"github.event_name == '{event}'", job["if"])
        # A deployment that is started by hand has the same event; the workflow's name tells them apart.
        self.assertTrue(job["if"].startswith(f"github.workflow == '{ci['name']}' && ("))

    def test_a_deployment_waits_for_the_tests_and_is_never_cut(self):
        workflow = self.files[DEPLOY]
        self.assertEqual(workflow["jobs"]["test"]["uses"], f"./{CI}")
        self.assertIn("workflow_call", self.files[CI]["on"])
        self.assertEqual(workflow["jobs"]["deploy"]["needs"], "test")
        self.assertIs(workflow["concurrency"]["cancel-in-progress"], False)

    def test_main_is_deployed_when_the_image_changes(self):
        push = self.files[DEPLOY]["on"]["push"]
        self.assertEqual(push["branches"], ["main"])
        for path in push["paths"]:
            self.assertTrue((ROOT / path.removesuffix("/**")).exists(), path)
        watched = {part for path in push["paths"] for part in (path, path.split("/")[0])}
        sent = {line[1:] for line in text_of(".dockerignore").splitlines() if line.startswith("!")}
        self.assertEqual(sent - watched, set())
        self.assertIn("fly.toml", watched)

    def test_secrets_reach_one_step_alone(self):
        for path, workflow in self.files.items():
            holders = [step.get("name") for step in steps_of(workflow) if "secrets." in str(step)]
            self.assertEqual(holders, ["Deploy and smoke test"] if path == DEPLOY else [])


class Monorepo(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.project = self.top / FOLDER
        (self.project / "deploy").mkdir(parents=True)
        shutil.copy(ROOT / "deploy/monorepo-workflows.sh", self.project / "deploy")
        shutil.copytree(ROOT / ".github/workflows", self.project / ".github/workflows")
        run("git", "init", "-q", self.top)

    def move(self):
        return run(self.project / "deploy/monorepo-workflows.sh", cwd=self.top)

    def test_the_workflows_work_from_the_top(self):
        for _ in range(2):
            done = self.move()
            self.assertEqual(done.returncode, 0, done.stderr)
        names = {path.name for path in (self.top / ".github/workflows").iterdir()}
        self.assertEqual(names, {"ci-ocr-service.yml", "deploy-ocr-service.yml"})
        for mine, theirs in [(CI, "ci-ocr-service.yml"), (DEPLOY, "deploy-ocr-service.yml")]:
            before = parsed(text_of(mine))
            after = parsed((self.top / ".github/workflows" / theirs).read_text(encoding="utf-8"))
            self.assertEqual(after["defaults"]["run"]["working-directory"], FOLDER)
            for event, rules in before["on"].items():
                if rules and "paths" in rules:
                    expected = [p if p.startswith(".github/") else f"{FOLDER}/{p}" for p in rules["paths"]]
                    self.assertEqual(after["on"][event].pop("paths"), expected)
                    del rules["paths"]
            self.assertEqual(after["on"], before["on"])
            for part in ("permissions", "env"):
                self.assertEqual(after.get(part), before.get(part))
        jobs = parsed((self.top / ".github/workflows/deploy-ocr-service.yml").read_text(encoding="utf-8"))["jobs"]
        self.assertEqual(jobs["test"]["uses"], "./.github/workflows/ci-ocr-service.yml")
        ci = parsed((self.top / ".github/workflows/ci-ocr-service.yml").read_text(encoding="utf-8"))
        self.assertEqual(ci["name"], "ci-ocr-service")
        self.assertIn("'ci-ocr-service'", ci["concurrency"]["cancel-in-progress"])
        jobs = parsed(text_of(CI))["jobs"]
        jobs["tsan"]["if"] = jobs["tsan"]["if"].replace("'ci'", "'ci-ocr-service'")
        self.assertEqual(ci["jobs"], jobs)

    def test_a_workflow_of_somebody_else_is_left_alone(self):
        (self.top / ".github/workflows").mkdir(parents=True)
        theirs = self.top / ".github/workflows/deploy-ocr-service.yml"
        theirs.write_text("name: mine\n")
        done = self.move()
        self.assertEqual(done.returncode, 1)
        self.assertIn("was not made by this", done.stderr)
        self.assertEqual(theirs.read_text(), "name: mine\n")

    def test_a_repository_of_its_own_needs_nothing(self):
        run("git", "init", "-q", self.project)
        done = self.move()
        self.assertEqual(done.returncode, 1)
        self.assertIn("finds the workflows as they are", done.stderr)


if __name__ == "__main__":
    unittest.main()
