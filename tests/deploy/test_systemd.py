"""deploy/glyphgate.service, as systemd itself reads it."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from support import option_table, run, text_of

UNIT = "deploy/glyphgate.service"
#: What systemd-analyze calls OK ends at 4; the unit had 1.4.
MOST_EXPOSED = 2.0


class Unit(unittest.TestCase):
    def setUp(self):
        self.text = text_of(UNIT)

    def values(self, name):
        return re.findall(rf"^{name}=(.*)$", self.text, re.M)

    def installed(self):
        """The unit, with a program that is there."""
        if not shutil.which("systemd-analyze"):
            self.skipTest("needs systemd-analyze")
        unit = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "glyphgate.service"
        unit.write_text(self.text.replace("/usr/bin/glyphgate", "/bin/true"))
        return unit

    def test_systemd_finds_nothing_to_say(self):
        done = run("systemd-analyze", "verify", self.installed())
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_it_is_little_exposed(self):
        done = run("systemd-analyze", "security", "--offline=true", "--no-pager", self.installed())
        found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout + done.stderr)
        self.assertTrue(found, done.stdout + done.stderr)
        self.assertLessEqual(float(found[1]), MOST_EXPOSED)

    def test_its_settings_are_the_services(self):
        named = [setting.partition("=")[0] for setting in self.values("Environment")]
        self.assertEqual(set(named) - option_table().keys(), set())
        self.assertIn(f"DATA_DIR=/var/lib/{self.values('StateDirectory')[0]}", self.values("Environment"))

    def test_a_stop_has_the_time_that_it_may_take(self):
        grace = int(option_table()["SHUTDOWN_GRACE_SECONDS"][1])
        self.assertGreater(int(self.values("TimeoutStopSec")[0]), grace + 10)
        self.assertEqual(self.values("Restart"), ["on-failure"])

    def test_a_reload_without_a_file_of_keys_ends_nothing(self):
        command = self.values("ExecReload")[0].removeprefix("/bin/sh -c ").strip("'").replace("$$", "$")
        with subprocess.Popen(["sleep", "60"]) as service:
            for keys, status, running in (({}, 1, True), ({"API_KEYS_FILE": "/etc/glyphgate/keys"}, 0, False)):
                done = subprocess.run(["/bin/sh", "-c", command], env={"PATH": os.environ["PATH"],
                                      "MAINPID": str(service.pid), **keys}, capture_output=True, text=True)
                self.assertEqual(done.returncode, status, done.stdout + done.stderr)
                self.assertIs("API_KEYS_FILE is not set" in done.stdout, running)
                if running:
                    self.assertIsNone(service.poll())
            self.assertEqual(service.wait(timeout=20), -signal.SIGHUP)


if __name__ == "__main__":
    unittest.main()
