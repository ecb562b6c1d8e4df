#!/usr/bin/python3
"""Checks the shape of docs/openapi.yaml, and that it has every path and every kind of problem that the sources have.

    check_document.py OPENAPI_JSON          build/dev/http/description/openapi.json

Exit status: 0 when nothing is wrong, 1 otherwise.
"""

import argparse
import pathlib
import re
import sys

from jsonschema import Draft202012Validator, SchemaError

from description import Description

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]

#: What begins with a slash in the sources of the surfaces and is no path.
_NO_PATHS = {"/ocr/", "/v1/"}

#: Paths at which nothing ever succeeds: the description of another one tells of them.
_NEVER = ":asyncBatchAnnotate"

#: What goes wrong with single images or within the service, and is no answer of its own.
_NO_PROBLEMS = {"none", "invalid-image", "unsupported-language", "cancelled", "expired-in-queue", "engine-unavailable",
                "request-rejected", "account-refused", "unknown"}

_KIND = re.compile(r'make_problem\(\d+, "([a-z-]+)"')
_CODE = re.compile(r'case ec::\w+: return "(\w+)"')
_PATH = re.compile(r'"(/[a-z0-9.]*(?:/[a-zA-Z.:{}-]+)*/?)"')


def nodes(value, place="#"):
    """Every object and array in a value, with its place."""
    if isinstance(value, (dict, list)):
        yield place, value
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from nodes(inner, f"{place}/{name}")


class Checker:
    def __init__(self, description):
        self._description = description
        self._document = description.document
        self._examples = 0

    def faults(self):
        basic = [*self._references(), *self._schemas()]
        yield from basic
        # Nothing can be held against schemas that are none.
        if not basic:
            yield from self._operations()
            yield from self._examples_of_all()

    def summary(self):
        operations = sum(1 for _ in self._description.operations())
        return f"{operations} operations, {len(self._document['components']['schemas'])} schemas, {self._examples} examples"

    def _references(self):
        used = {f"#/components/securitySchemes/{name}" for _, _, operation in self._description.operations()
                for one in operation.get("security", self._document["security"]) for name in one}
        for place, node in nodes(self._document):
            if isinstance(node, dict) and "$ref" in node:
                used.add(node["$ref"])
                try:
                    self._description.resolved(node)
                except KeyError:
                    yield f"{place}: {node['$ref']} leads nowhere"
        there = {f"#/components/{kind}/{name}" for kind, items in self._document["components"].items() for name in items}
        yield from (f"{name} is not used" for name in sorted(there - used))
        yield from (f"{name} is used and not there" for name in sorted(used - there))

    def _operations(self):
        tags = {tag["name"] for tag in self._document["tags"]}
        seen = set()
        for path, method, operation in self._description.operations():
            place = f"{method} {path}"
            name = operation.get("operationId")
            if not name or name in seen:
                yield f"{place}: the operationId {name} is there twice, or missing"
            seen.add(name)
            if not operation.get("tags") or not set(operation["tags"]) <= tags:
                yield f"{place}: its tags {operation.get('tags')} are not described"
            if not operation.get("summary"):
                yield f"{place}: it has no summary"
            yield from self._parameters(place, path, method)
            if not any(status.startswith("2") for status in operation["responses"]):
                yield f"{place}: it never succeeds"
            for status in operation["responses"]:
                if not re.fullmatch("[1-5]([0-9][0-9]|XX)", status):
                    yield f"{place}: {status} is no status"
            if method == "get" and "requestBody" in operation:
                yield f"{place}: it has a body"

    def _parameters(self, place, path, method):
        parameters = self._description.parameters(path, method)
        in_path = {one["name"] for one in parameters if one["in"] == "path"}
        if in_path != set(re.findall(r"\{(\w+)\}", path)):
            yield f"{place}: the parameters of its path are {sorted(in_path)}"
        names = [(one["in"], one["name"].lower()) for one in parameters]
        yield from (f"{place}: {name} is there twice" for name in sorted({n for n in names if names.count(n) > 1}))
        for one in parameters:
            if not one.get("description") or "schema" not in one:
                yield f"{place}: the parameter {one['name']} has no description or no schema"

    def _schemas(self):
        for place, schema in self._all_schemas():
            try:
                Draft202012Validator.check_schema(schema)
            except SchemaError as error:
                yield f"{place}: no schema: {error.message}"
        for name, schema in self._document["components"]["schemas"].items():
            if not schema.get("description"):
                yield f"the schema {name} has no description"
            properties = schema.get("properties", {})
            for missing in set(schema.get("required", [])) - properties.keys():
                yield f"the schema {name} asks for {missing}, which it does not have"

    def _all_schemas(self):
        yield from self._document["components"]["schemas"].items()
        for place, node in nodes(self._document):
            if isinstance(node, dict) and "schema" in node:
                yield place, node["schema"]

    def _examples_of_all(self):
        for place, node in nodes(self._document):
            if not isinstance(node, dict) or "schema" not in node:
                continue
            values = [one["value"] for one in node.get("examples", {}).values()]
            for value in values + ([node["example"]] if "example" in node else []):
                self._examples += 1
                yield from (f"{place}: an example: {fault}" for fault in self._description.faults(node["schema"], value))


def paths_of_sources(root):
    """Every path that a surface serves, as its sources have it."""
    texts = (file.read_text(encoding="utf-8") for file in sorted((root / "http" / "surfaces").glob("*.cpp")))
    return {path for text in texts for path in _PATH.findall(text) if not path.endswith(_NEVER)} - _NO_PATHS


def problems_of_sources(root):
    kinds = {kind for file in (root / "http").rglob("*.cpp") for kind in _KIND.findall(file.read_text(encoding="utf-8"))}
    codes = _CODE.findall((root / "core" / "error.cpp").read_text(encoding="utf-8"))
    return (kinds | {code.replace("_", "-") for code in codes}) - _NO_PROBLEMS


def against_sources(document, root):
    """What the sources have and the description has not."""
    served = paths_of_sources(root)
    yield from (f"the surfaces serve {path}, which is not described" for path in sorted(served - set(document["paths"])))
    schemas = document["components"]["schemas"]
    kinds = {kind.rpartition(":")[2] for kind in schemas["ProblemType"]["enum"]}
    kinds |= {reason.lower().replace("_", "-") for reason in schemas["RpcReason"]["enum"]}
    yield from (f"a problem can be {kind}, which is not described"
                for kind in sorted(problems_of_sources(root) - kinds))
    if len(served) < 10:
        yield f"the surfaces serve only {sorted(served)}: this check does not understand them any more"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("openapi", metavar="OPENAPI_JSON")
    description = Description(parser.parse_args().openapi)
    checker = Checker(description)
    found = [*checker.faults(), *against_sources(description.document, REPOSITORY)]
    print("\n".join(found) or checker.summary())
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
