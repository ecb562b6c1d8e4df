#!/usr/bin/env python3
"""Checks a bill of materials: its form, by what CycloneDX 1.5 asks of these fields, and that it tells what is there.

    tests/deploy/cyclonedx.py BOM ROOT      ROOT: the image's root file system that it describes
"""

import hashlib
import json
import pathlib
import re
import sys

PACKAGE_URL = re.compile(r"pkg:deb/debian/[a-z0-9][a-z0-9.-]*(%2B[a-z0-9.-]*)*@[A-Za-z0-9.:~%-]+\?arch=\w+&distro=debian-\d+")


def wrong(bom, root):
    """What is wrong with the bill, a line each."""
    found = []

    def check(right, message):
        if not right:
            found.append(message)

    check((bom.get("bomFormat"), bom.get("specVersion"), bom.get("version")) == ("CycloneDX", "1.5", 1), "the head")
    service = bom["metadata"]["component"]
    check(service["type"] == "application" and service["name"] == "glyphgate", "the application")
    check(re.fullmatch(r"\d+\.\d+\.\d+\S*", service["version"]) is not None, "the application's version")
    binary = hashlib.sha256((root / "usr/bin/glyphgate").read_bytes()).hexdigest()
    check(service["hashes"] == [{"alg": "SHA-256", "content": binary}], "the hash is not the binary's")

    parts = bom["components"]
    references = [service["bom-ref"]] + [part["bom-ref"] for part in parts]
    check(len(set(references)) == len(references), "two components of one bom-ref")
    neural = {part["name"]: part for part in parts if part["bom-ref"].startswith("ppocr/")}
    installed = root / "usr/lib/glyphgate/ppocr"
    files = {path.name for path in installed.glob("*")} - {"SHA256SUMS", "VERSIONS"}
    check(neural.keys() == files, "the neural engine's parts are not those that are there")
    for name in neural.keys() & files:
        hash = hashlib.sha256((installed / name).read_bytes()).hexdigest()
        check(neural[name]["hashes"] == [{"alg": "SHA-256", "content": hash}], f"the hash is not that of {name}")
        check(re.fullmatch(r"\d+\.\d+\.\d+", neural[name]["version"]) is not None, f"the version of {name}")
    if files:
        check((root / "usr/share/doc/glyphgate/ppocr/NOTICE").is_file(), "the neural engine's parts have no notice")
    parts = [part for part in parts if part["name"] not in neural]
    for part in parts:
        check(part["type"] == "library" and part["name"] and part["version"], f"{part}")
        check(PACKAGE_URL.fullmatch(part["purl"]) is not None, f"the package URL {part['purl']}")
    noted = {path.name for path in (root / "var/lib/dpkg/status.d").iterdir()}
    check({part["name"] for part in parts} == noted, "the packages are not those of status.d")
    for name in ("libc6", "libtesseract5", "libsqlite3-0", "tesseract-ocr-eng", "ca-certificates", "librestinio-dev"):
        check(name in noted, f"{name} is not listed")
    for name in noted:
        check((root / "usr/share/doc" / name / "copyright").is_file(), f"{name} has no copyright file")
    return found


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__)
    bom = json.loads(pathlib.Path(arguments[0]).read_text(encoding="utf-8"))
    found = wrong(bom, pathlib.Path(arguments[1]))
    print("\n".join(found) or f"the bill of materials lists {len(bom['components'])} packages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
