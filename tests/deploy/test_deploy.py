"""deploy/deploy.sh against a flyctl that records its calls, with the smoke test's answers from the real service."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import string
import tempfile
import tomllib
import unittest
import zlib

from support import ROOT, run, text_of

FLY = tomllib.loads(text_of("fly.toml"))
APP, REGION, VOLUME = FLY["app"], FLY["primary_region"], FLY["mounts"][0]["source"]
KEY_FILE = json.dumps({"type": "service_account", "private_key": "-----BEGIN#\n=\"planted\"\n", "note": "a # b"})

VALIDATE = ["config", "validate", "--strict", "--config", "fly.toml", "--app", APP]
LIST = ["volumes", "list", "--app", APP, "--json"]
CREATE_APP = ["apps", "create", APP, "--org", "personal"]
CREATE_VOLUME = ["volumes", "create", VOLUME, "--app", APP, "--region", REGION, "--size", "1", "--yes"]
LIST_SECRETS = ["secrets", "list", "--app", APP, "--json"]
IMPORT = ["secrets", "import", "--app", APP, "--stage"]
DEPLOY = ["deploy", ".", "--config", "fly.toml", "--app", APP, "--ha=false", "--yes"]


class Deploy(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        # The project as deploy.sh sees it, with a smoke test that records its call.
        self.project = self.folder / "project"
        (self.project / "deploy").mkdir(parents=True)
        shutil.copy(ROOT / "fly.toml", self.project)
        shutil.copy(ROOT / "deploy/deploy.sh", self.project / "deploy")
        self.smoke_ends_with(0)
        tools = self.folder / "tools"
        tools.mkdir()
        (tools / "flyctl").symlink_to(ROOT / "tests/deploy/stub_flyctl")
        self.path = f"{tools}:{os.environ['PATH']}"
        self.state()

    def smoke_ends_with(self, status):
        smoke = self.project / "deploy/smoke.sh"
        smoke.write_text(f'#!/bin/sh\necho "$@" >>"$STUB_FLYCTL/smoke"\n'
                         f'echo "${{GLYPHGATE_API_KEY:-}}" >"$STUB_FLYCTL/smoke.key"\nexit {status}\n')
        smoke.chmod(0o755)

    def state(self, apps=(), volumes=None, fails=None, secrets=()):
        state = {"apps": list(apps), "volumes": volumes or {}, "fails": fails or {}, "secrets": list(secrets)}
        (self.folder / "state.json").write_text(json.dumps(state))

    def open_to_everybody(self):
        """No key is made."""
        fly = self.project / "fly.toml"
        fly.write_text(fly.read_text().replace("[env]\n", '[env]\n  ALLOW_ANONYMOUS = "1"\n', 1))

    def deploy(self, *arguments, env=None, cwd=None):
        return run(self.project / "deploy/deploy.sh", *arguments, cwd=cwd or self.folder,
                   env={"PATH": self.path, "STUB_FLYCTL": str(self.folder)} | (env or {}))

    def calls(self):
        """What flyctl was called with since the last look, and what it read."""
        file = self.folder / "calls.jsonl"
        calls = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        file.unlink(missing_ok=True)
        return [call["arguments"] for call in calls], "".join(call["input"] for call in calls)

    def smoke_tests(self):
        file = self.folder / "smoke"
        return file.read_text().splitlines() if file.exists() else []

    def assert_fails(self, done, *words, status=1):
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_where_nothing_is_everything_is_made(self):
        done = self.deploy()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.calls()[0], [VALIDATE, LIST, CREATE_APP, CREATE_VOLUME, IMPORT, DEPLOY])
        self.assertEqual(self.smoke_tests(), [f"https://{APP}.fly.dev"])

    def test_a_second_run_makes_nothing_twice(self):
        self.deploy()
        self.calls()
        done = self.deploy()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.calls(), ([VALIDATE, LIST, LIST_SECRETS, DEPLOY], ""))
        self.assertNotIn("gg_", done.stdout + done.stderr)

    def test_a_first_key_is_made_shown_once_and_used_by_the_smoke_test(self):
        done = self.deploy()
        keys = re.findall(r"\bgg_[0-9A-Za-z]{28}\b", done.stdout)
        self.assertEqual(len(keys), 1, done.stdout)
        self.assertNotIn("gg_", done.stderr)
        _, read = self.calls()
        # Only its digest is kept.
        self.assertEqual(read, f"API_KEYS=first:{hashlib.sha256(keys[0].encode()).hexdigest()} admin\n")
        self.assertEqual((self.folder / "smoke.key").read_text(), keys[0] + "\n")
        value = 0
        for digit in keys[0][25:]:
            value = value * 62 + (string.digits + string.ascii_uppercase + string.ascii_lowercase).index(digit)
        self.assertEqual(value, zlib.crc32(keys[0][:25].encode()))
        self.state()
        self.assertNotIn(keys[0], self.deploy().stdout)

    def test_no_key_is_made_where_it_is_decided_who_may_knock(self):
        (self.folder / "mine.env").write_text("OTHER=1\nAPI_KEYS=mine:0123\n")
        for arguments, state in [(["--secret", "API_KEYS_FILE"], {}), (["--secrets", "mine.env"], {}),
                                 ([], {"apps": [APP], "volumes": {VOLUME: [REGION]}, "secrets": ["API_KEYS"]})]:
            self.state(**state)
            done = self.deploy(*arguments, env={"API_KEYS_FILE": "/data/keys"})
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("gg_", done.stdout + done.stderr)
        self.state()
        self.calls()
        self.open_to_everybody()
        self.deploy()
        self.assertEqual(self.calls(), ([VALIDATE, LIST, CREATE_APP, CREATE_VOLUME, DEPLOY], ""))

    def test_secrets_that_cannot_be_listed_end_the_run(self):
        self.state([APP], {VOLUME: [REGION]}, fails={"secrets list": "no access"})
        self.assert_fails(self.deploy(), "flyctl secrets list: ", "no access")
        self.assertEqual(self.calls()[0], [VALIDATE, LIST, LIST_SECRETS])

    def test_a_dry_run_changes_nothing_and_tells_all(self):
        for apps, volumes, asked, commands in [
            ([], {}, [VALIDATE, LIST], [CREATE_APP, CREATE_VOLUME, DEPLOY]),
            ([APP], {VOLUME: [REGION]}, [VALIDATE, LIST, LIST_SECRETS], [DEPLOY]),
        ]:
            self.state(apps, volumes)
            done = self.deploy("--dry-run", "--secret", "API_KEY", env={"API_KEY": "planted"})
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.calls(), (asked, ""))
            self.assertIn("would make a first API key", done.stdout)
            self.assertNotIn("gg_", done.stdout)
            for command in commands:
                self.assertIn("would run: flyctl " + " ".join(command) + "\n", done.stdout)
            self.assertEqual(done.stdout.count("would run: "), len(commands) + 2, done.stdout)
            self.assertIn("would run: flyctl secrets import", done.stdout)
            self.assertNotIn("planted", done.stdout + done.stderr)
            self.assertEqual(self.smoke_tests(), [])

    def test_another_name_and_organisation(self):
        name = "glyphgate-ocr-staging"
        done = self.deploy("--app", name, "--org", "acme")
        self.assertEqual(done.returncode, 0, done.stderr)
        calls, _ = self.calls()
        self.assertIn(["apps", "create", name, "--org", "acme"], calls)
        self.assertTrue(all(name in call for call in calls))
        self.assertEqual(self.smoke_tests(), [f"https://{name}.fly.dev"])

    def test_secrets_go_through_standard_input_alone(self):
        self.open_to_everybody()
        (self.folder / "mine.env").write_text("OTHER=from the file\n")
        done = self.deploy("--secrets", "mine.env", "--secret", "CREDENTIALS", "--secret", "API_KEY",
                           env={"CREDENTIALS": KEY_FILE, "API_KEY": "planted=1"})
        self.assertEqual(done.returncode, 0, done.stderr)
        calls, read = self.calls()
        self.assertEqual(calls, [VALIDATE, LIST, CREATE_APP, CREATE_VOLUME, IMPORT, DEPLOY])
        self.assertEqual(read, f'OTHER=from the file\nCREDENTIALS="""\n{KEY_FILE}"""\nAPI_KEY=planted=1\n')
        self.assertNotIn("planted", json.dumps(calls) + done.stdout + done.stderr)

    def test_a_file_that_ends_without_a_line_break_leaves_the_next_secret_as_it_is(self):
        self.open_to_everybody()
        for text in ("A=1", "A=1\n", "A=1\n\n", "# nothing", ""):
            (self.folder / "mine.env").write_text(text)
            done = self.deploy("--secrets", "mine.env", "--secret", "Z", env={"Z": "zz"})
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.calls()[1], text + ("" if text.endswith("\n") or not text else "\n") + "Z=zz\n")

    def test_a_file_that_flyctl_would_read_otherwise_is_refused(self):
        self.open_to_everybody()
        for text, word in [
            ('A="""\nplanted\nB=2\n', 'begins in line 1 with """ has no later line'),
            ('A="""planted"""\n', 'begins in line 1 with """ has no later line'),
            ("A=1\nplanted\n", "line 2 is not of the form NAME=VALUE"),
            ("\ufeffA=planted\n", "line 1 is not of the form NAME=VALUE"),
            ("A=" + 10000 * "planted" + "\nB=1\n", "line 1 is too long"),
        ]:
            (self.folder / "mine.env").write_text(text, encoding="utf-8")
            done = self.deploy("--secrets", "mine.env", "--secret", "Z", env={"Z": "zz"})
            self.assert_fails(done, f"the file of secrets {self.folder}/mine.env: ", word)
            self.assertNotIn("planted", done.stdout + done.stderr)
            self.assertEqual(self.calls()[0], [])
        text = '# planted\n \nA = 1\nB="""\nx=\n#y\n"""\nC="quoted"'
        (self.folder / "mine.env").write_text(text)
        self.assertEqual(self.deploy("--secrets", "mine.env").returncode, 0)
        self.assertEqual(self.calls()[1], text + "\n")

    def test_a_missing_secret_is_named_before_anything_is_made(self):
        self.assert_fails(self.deploy("--secret", "API_KEY"), "the secret API_KEY is not set")
        self.assert_fails(self.deploy("--secret", "API_KEY", env={"API_KEY": ""}), "the secret API_KEY is not set")
        self.assert_fails(self.deploy("--secrets", "none.env"), f"no file of secrets {self.folder}/none.env")
        self.assertEqual(self.calls()[0], [])

    def test_a_secret_that_would_arrive_otherwise_is_refused(self):
        for value in ("planted#", 'planted"', "planted\nPATH=/", "planted\r", " planted"):
            done = self.deploy("--secret", "API_KEY", env={"API_KEY": value})
            self.assert_fails(done, "API_KEY holds a quote")
            self.assertNotIn("planted", done.stdout + done.stderr)
        self.assert_fails(self.deploy("--secret", "API_KEY", env={"API_KEY": '{"""'}), 'holds """')
        self.assert_fails(self.deploy("--secret", "API_KEY", env={"API_KEY": "{" + 65536 * "x"}), "too long")
        self.assertEqual(self.calls()[0], [])

    def test_each_failing_step_ends_the_run_and_is_told(self):
        for command, reason, later in [
            ("config validate", "unrecognised key", ["volumes", "apps", "deploy"]),
            ("volumes list", "No access token available", ["apps", "deploy"]),
            ("apps create", "Name has already been taken", ["deploy"]),
            ("volumes create", "no capacity in the region", ["secrets", "deploy"]),
            ("secrets import", "Failed to parse secrets", ["deploy"]),
            ("deploy", "failed to build", []),
        ]:
            with self.subTest(command):
                self.state(fails={command: reason})
                done = self.deploy("--secret", "API_KEY", env={"API_KEY": "x"})
                self.assert_fails(done, reason)
                self.assertNotIn(f"{APP}.fly.dev runs", done.stdout)
                made = {call[0] for call in self.calls()[0]}
                self.assertEqual(made & set(later), set())
                self.assertEqual(self.smoke_tests(), [])

    def test_a_service_that_does_not_pass_is_a_failure(self):
        self.smoke_ends_with(1)
        done = self.deploy()
        self.assertEqual(done.returncode, 1)
        self.assertNotIn("fly.dev runs", done.stdout)

    def test_more_than_one_volume_or_one_elsewhere_is_refused(self):
        for regions in ([REGION, REGION], ["syd"], ["syd", REGION]):
            self.state([APP], {VOLUME: regions})
            self.assert_fails(self.deploy(), f"one volume {VOLUME} in {REGION}", " ".join(sorted(regions)))
            self.assertEqual(self.calls()[0], [VALIDATE, LIST])

    def test_a_wrong_command_line_is_2_and_tells_the_use(self):
        for arguments, word in [
            (["--aap", "x"], 'unknown argument "--aap"'),
            (["--app"], "--app needs a value"),
            (["--app", "Glyphgate_OCR"], "{project}-{service}"),
            (["--app", "glyphgate"], "{project}-{service}"),
            (["--secret", "NAME=value"], "the name of a variable"),
        ]:
            self.assert_fails(self.deploy(*arguments), word, "deploy/deploy.sh [--app NAME]", status=2)
        self.assertEqual(self.calls()[0], [])

    def test_without_flyctl(self):
        tools = self.folder / "few"
        tools.mkdir()
        for tool in ("bash", "dirname", "env", "sed"):
            (tools / tool).symlink_to(shutil.which(tool))
        self.assert_fails(self.deploy(env={"PATH": str(tools)}), "needs flyctl")


if __name__ == "__main__":
    unittest.main()
