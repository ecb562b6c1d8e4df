"""fly.toml against Fly's list of keys, and its [env] against the service's own table of settings."""

import re
import tomllib
import unittest

from support import option_table, text_of

# The process gives up by itself this long after SHUTDOWN_GRACE_SECONDS.
BEYOND_GRACE_SECONDS = 10


def known_keys():
    return {line for line in text_of("tests/deploy/fly_keys.txt").splitlines() if line and not line.startswith("#")}


def keys_of(value, path=""):
    """The dotted path of every value that is no table."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from keys_of(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for inner in value:
            yield from keys_of(inner, f"{path}[]")
    else:
        yield path


def is_known(key, known):
    return key in known or re.sub(r"\.[^.]+$", ".*", key) in known


def env_comments(text):
    """The comment on the line of each variable of [env]."""
    section = re.search(r"^\[env\]\n(.*?)^\[", text, re.M | re.S)[1]
    return {m[1]: m[2] or "" for m in re.finditer(r'^\s*(\w+) = "[^"]*"[ \t]*(?:# (.*))?$', section, re.M)}


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text)[1])


def megabytes(text):
    return int(re.fullmatch(r"(\d+)gb", text)[1]) * 1024


class FlyToml(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = text_of("fly.toml")
        cls.fly = tomllib.loads(cls.text)
        cls.env = cls.fly["env"]
        cls.options = option_table()

    def setting(self, name):
        return self.env.get(name, self.options[name][1])

    def test_every_key_is_one_of_flys(self):
        known = known_keys()
        self.assertEqual([key for key in keys_of(self.fly) if not is_known(key, known)], [])

    def test_a_mistyped_key_would_be_found(self):
        known = known_keys()
        wrong = tomllib.loads(self.text.replace("auto_stop_machines", "autostop_machines")
                              .replace("grace_period", "grace_periods"))
        found = [key for key in keys_of(wrong) if not is_known(key, known)]
        self.assertEqual(found, ["http_service.autostop_machines", "http_service.checks[].grace_periods"])

    def test_the_service_has_every_variable(self):
        self.assertGreater(len(self.options), 25)
        self.assertEqual([name for name in self.env if name not in self.options], [])

    def test_every_variable_is_a_string_within_bounds(self):
        for name, value in self.env.items():
            with self.subTest(name):
                self.assertIsInstance(value, str, "Fly takes strings alone")
                bounds = self.options[name][0]
                if numbers := re.match(r"(\d+) to (\d+)", bounds):
                    self.assertRegex(value, r"^[\d.]+$")
                    self.assertTrue(int(numbers[1]) <= float(value) <= int(numbers[2]), bounds)
                elif re.fullmatch(r"\w+(, \w+)* or \w+", bounds):
                    self.assertIn(value, re.split(r", | or ", bounds))

    def test_a_value_that_is_not_the_default_says_why(self):
        comments = env_comments(self.text)
        self.assertEqual(comments.keys(), self.env.keys())
        for name, value in self.env.items():
            with self.subTest(name):
                default = self.options[name][1]
                if value == default:
                    self.assertNotIn("not ", comments[name], "it is the default")
                else:
                    self.assertTrue(comments[name].startswith(f"not {default}: "), comments[name])

    def test_every_limit_can_be_set_there(self):
        limits = {name for name in self.options if "_LIMIT" in name or name.startswith("MAX_")}
        self.assertEqual(limits - self.env.keys(), set())

    def test_a_stop_has_the_time_that_it_needs(self):
        self.assertIn(self.fly["kill_signal"], ("SIGTERM", "SIGINT"))
        needed = int(self.setting("SHUTDOWN_GRACE_SECONDS")) + BEYOND_GRACE_SECONDS
        self.assertGreater(seconds(self.fly["kill_timeout"]), needed)
        self.assertLessEqual(seconds(self.fly["kill_timeout"]), 300)

    def test_it_sleeps_by_itself_and_is_woken(self):
        service = self.fly["http_service"]
        self.assertEqual(service["auto_stop_machines"], "off")
        self.assertIs(service["auto_start_machines"], True)
        self.assertEqual(service["min_machines_running"], 0)
        self.assertGreater(int(self.env["IDLE_EXIT_SECONDS"]), 0)
        self.assertEqual([r["policy"] for r in self.fly["restart"]], ["on-failure"])

    def test_the_bound_of_restarts_is_documented(self):
        bound = self.fly["restart"][0]["retries"]
        self.assertIn(f"at most {bound} times, `retries` of `[[restart]]`", text_of("docs/DEPLOYMENT.md"))

    def test_requests_reach_the_service(self):
        service = self.fly["http_service"]
        self.assertEqual(str(service["internal_port"]), self.setting("PORT"))
        # Fly's proxy comes by IPv4, its private network has IPv6 only.
        self.assertEqual(self.env["HOST"], "::")
        self.assertEqual([check["path"] for check in service["checks"]], ["/"])
        concurrency = service["concurrency"]
        self.assertEqual(concurrency["type"], "requests")
        self.assertLess(concurrency["hard_limit"], int(self.setting("MAX_CONNECTIONS")))
        self.assertLessEqual(concurrency["soft_limit"], concurrency["hard_limit"])

    def test_the_volume_is_where_the_service_writes(self):
        self.assertEqual([mount["destination"] for mount in self.fly["mounts"]], [self.env["DATA_DIR"]])
        self.assertRegex(self.fly["mounts"][0]["source"], r"^[a-z0-9_]{1,30}$")
        room = megabytes(self.fly["mounts"][0]["initial_size"])
        self.assertGreater(room, 4 * int(self.setting("QUEUE_LIMIT_MB")))

    def test_the_memory_is_enough(self):
        """By the sum of docs/memory.md, with the part for pictures that is taken where nobody sets it."""
        machine = megabytes(self.fly["vm"][0]["memory"])
        workers = int(self.setting("MAX_CONCURRENT_JOBS"))
        pictures = int(self.setting("PICTURE_MEMORY_MB")) or machine * 3 // 5
        bodies = int(self.setting("MAX_INFLIGHT_MB"))
        # Readers with both embedded engines' models, a montage that is sent, and a reader that sifts.
        a_worker = 40 + 70 + 20 + 70
        needed = 14 + pictures + workers * a_worker + bodies + int(self.setting("RESULT_CACHE_MB"))
        # The kernel and Fly's init take some 50 MiB of a machine.
        self.assertLess(needed, machine - 50)

    def test_the_names_follow_the_rule(self):
        app = self.fly["app"]
        self.assertRegex(app, r"^[a-z0-9]+(-[a-z0-9]+)+$")
        self.assertEqual(self.fly["mounts"][0]["source"], app.replace("-", "_") + "_data")
        self.assertIn(f"`{app}`", text_of("docs/NAMING.md"))


if __name__ == "__main__":
    unittest.main()
