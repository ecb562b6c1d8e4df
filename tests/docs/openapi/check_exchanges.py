#!/usr/bin/python3
"""Holds docs/openapi.yaml against every exchange that the tests of the service and of its client have written down.

    check_exchanges.py OPENAPI_JSON DIRECTORY        build/dev/http/description/openapi.json build/dev/exchanges

Each answer must be one that is described: path, method, status, type, header fields and body. Prints how many were
looked at, by operation and status. Exit status: 0 when all fit and enough was seen, 1 otherwise.
"""

import argparse
import collections
import gzip
import json
import pathlib
import re
import sys
import urllib.parse

from description import Description

#: Tests whose exchanges are none of the API's, and why.
LEFT_OUT = {
    "legacy_api/": "the answers of the old service, with LEGACY_ANSWERS",
    "metrics_path/where_they_have_a_port_of_their_own": "that port has nothing but /metrics, which needs no key there",
    "metrics/a_port_of_their_own": "the same",
    "google_facade/a_picture_": "the same requests go to the stand-in for Google, whose answers are compared with ours",
    "streamed_answers/": "answers of the test's own, whose bodies are made while they are sent",
}

#: Operations, and pairs of an operation and a status, that must have been seen: what tests/http alone comes to.
LEAST_OPERATIONS = 17
LEAST_PAIRS = 60

#: Fields that any answer may have.
COMMON_FIELDS = {"date", "connection", "content-length", "transfer-encoding", "content-type", "content-encoding",
                 "x-content-type-options",
                 "cache-control", "vary", "x-request-id", "access-control-allow-origin",
                 "access-control-expose-headers"}
#: And those of a refusal, and of the answers below /ocr/.
REFUSAL_FIELDS = {"retry-after", "allow", "www-authenticate"}
LIMIT_FIELDS = {"ratelimit", "ratelimit-policy"}

#: Bytes of a file beyond which a test writes no more.
FULL = 32 * 1024 * 1024


class Exchange:
    def __init__(self, line):
        self.method = line["method"]
        self.target = line["target"]
        self.status = line["status"]
        self.test = line["test"]
        self.fields = {}
        for name, value in line["headers"]:
            self.fields[name.lower()] = f"{self.fields[name.lower()]}, {value}" if name.lower() in self.fields else value
        # Absolute form: the path is what counts.
        path, _, self.query = re.sub(r"^[a-zA-Z]+://[^/?]*", "", self.target).partition("?")
        # Google's paths have a colon, which may be encoded.
        self.path = re.sub("%3a", ":", path, flags=re.IGNORECASE) or "/"
        self.size = line["bytes"]
        self.body = line["body"].encode("latin-1") if "body" in line else None

    def text(self):
        packed = self.fields.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode("utf-8")


class Checker:
    def __init__(self, description):
        self._description = description
        self.seen = collections.Counter()
        self.unread = 0

    def faults(self, e):
        """What in the exchange is not as it is described."""
        path = self._description.path_of(e.path)
        if path is None:
            yield from self._of_no_path(e)
        elif e.method == "OPTIONS":
            yield from self._of_options(e, path)
        else:
            method = "get" if e.method == "HEAD" else e.method.lower()
            if method in self._description.methods_of(path):
                yield from self._of_operation(e, path, method)
            else:
                yield from self._of_no_method(e, path)

    def _of_operation(self, e, path, method):
        response = self._description.response(path, method, e.status)
        operation = self._description.document["paths"][path][method]["operationId"]
        if response is None:
            yield f"{operation} is not described to answer {e.status}"
            return
        self.seen[operation, e.status] += 1
        yield from self._of_fields(e, response)
        yield from self._of_body(e, response)
        if e.status < 300:
            yield from self._of_query(e, self._description.parameters(path, method))

    def _of_fields(self, e, response):
        described = {name.lower(): self._description.resolved(header)
                     for name, header in response.get("headers", {}).items()}
        allowed = COMMON_FIELDS | described.keys() | (REFUSAL_FIELDS if e.status >= 400 else set())
        if e.path.startswith("/ocr/"):
            allowed |= LIMIT_FIELDS
        for name in e.fields.keys() - allowed:
            yield f"the field {name} is not described"
        for name, header in described.items():
            value = e.fields.get(name)
            if value is not None:
                yield from (f"the field {name}: {fault}"
                            for fault in self._description.faults(header["schema"], self._value(header["schema"], value)))
            elif header.get("required"):
                yield f"the field {name} is missing"

    def _of_body(self, e, response):
        content = response.get("content")
        told = e.fields.get("content-type")
        if content is None:
            if e.size or told:
                yield f"there is a body of {e.size} bytes, {told}, where none is described"
            return
        if told not in content:
            yield f"the type {told} is none of {list(content)}"
            return
        if e.method == "HEAD":
            if e.size:
                yield f"HEAD is answered with {e.size} bytes"
            return
        if e.body is None:
            self.unread += 1
            return
        if told == "application/pdf":
            if not e.body.startswith(b"%PDF-"):
                yield "the body is no PDF"
            return
        schema = content[told]["schema"]
        value = e.text()
        if told.endswith("json"):
            value = json.loads(value, object_pairs_hook=_members)
            if told == "application/problem+json" and value.get("status") != e.status:
                yield f"the problem says {value.get('status')}"
            if "error" in value and e.path.startswith("/v1/") and value["error"].get("code") != e.status:
                yield f"the error says {value['error']}"
        yield from (f"the body: {fault}" for fault in self._description.faults(schema, value))

    def _of_query(self, e, parameters):
        """What was accepted must be what is described."""
        described = {p["name"]: p["schema"] for p in parameters if p["in"] == "query"}
        for name, value in urllib.parse.parse_qsl(e.query, keep_blank_values=True):
            schema = self._description.resolved(described[name]) if name in described else {}
            values = value.split(",") if schema.get("type") == "array" else self._value(schema, value)
            yield from (f"the parameter {name}: {fault}" for fault in self._description.faults(schema, values))

    def _of_options(self, e, path):
        if e.status == 204:
            self.seen["OPTIONS", 204] += 1
            expected = {"OPTIONS", *self._all_methods(path)}
            if set(e.fields.get("allow", "").split(", ")) != expected:
                yield f"Allow is {e.fields.get('allow')}, and not {sorted(expected)}"
        else:
            gets = "get" in self._description.methods_of(path) and self._description.response(path, "get", 404)
            yield from self._by_rules(e, ["not-found"] if gets else [])

    def _of_no_method(self, e, path):
        if e.status == 405 and set(e.fields.get("allow", "").split(", ")) != self._all_methods(path):
            yield f"Allow is {e.fields.get('allow')}, and not {sorted(self._all_methods(path))}"
        yield from self._by_rules(e, ["method-not-allowed"])

    def _of_no_path(self, e):
        shorter = self._description.path_of(e.path.rstrip("/") or "/")
        if e.status == 308 and shorter and e.fields.get("location", "").startswith("/"):
            self.seen["a slash too many", 308] += 1
            return
        yield from self._by_rules(e, ["not-found", "job-not-found"])

    def _all_methods(self, path):
        methods = {method.upper() for method in self._description.methods_of(path)}
        return methods | ({"HEAD"} if "GET" in methods else set())

    def _by_rules(self, e, kinds):
        """A refusal of the kinds, or one that any request may get."""
        if e.path.startswith("/v1/") and e.fields.get("content-type") == "application/json":
            yield from self._by_googles_rules(e)
            return
        components = self._description.document["components"]["responses"]
        for name in ("MalformedRequest", "KeyNeeded", "Unavailable", "RefusedByHttp", "FailedByHttp"):
            schema = components[name]["content"]["application/problem+json"]["schema"]
            kinds = kinds + self._kinds(schema)
        if e.status < 400 or e.fields.get("content-type") != "application/problem+json":
            yield f"{e.method} {e.path} is not described, and answered with {e.status}"
            return
        self.seen["no operation", e.status] += 1
        if e.method == "HEAD" or e.body is None:
            return
        told = json.loads(e.text(), object_pairs_hook=_members)
        yield from self._description.faults({"$ref": "#/components/schemas/Problem"}, told)
        if told.get("status") != e.status:
            yield f"the problem says {told.get('status')}"
        if told.get("type", "").rpartition(":")[2] not in kinds:
            yield f"{told.get('type')} is not described for what is no operation"

    def _by_googles_rules(self, e):
        """The same in Google's form, of any kind."""
        if e.status < 400:
            yield f"{e.method} {e.path} is not described, and answered with {e.status}"
            return
        self.seen["no operation of Google's", e.status] += 1
        if e.method == "HEAD" or e.body is None:
            return
        told = json.loads(e.text(), object_pairs_hook=_members)
        yield from self._description.faults({"$ref": "#/components/schemas/RpcRefusal"}, told)
        if told.get("error", {}).get("code") != e.status:
            yield f"the error says {told.get('error')}"

    @staticmethod
    def _kinds(schema):
        told = schema["allOf"][1]["properties"]["type"]
        return [kind.rpartition(":")[2] for kind in told.get("enum", [told.get("const")])]

    def _value(self, schema, text):
        """A text of a header or a query as the schema wants it."""
        if self._description.resolved(schema).get("type") == "integer" and re.fullmatch("-?[0-9]+", text):
            return int(text)
        return text


def _members(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError(f"a member is given twice: {names}")
    return dict(pairs)


def exchanges(directory):
    for file in sorted(directory.glob("*.jsonl")):
        if file.stat().st_size > FULL:
            print(f"{file.name} is full: what came later was not written down")
        for line in file.read_text(encoding="ascii").splitlines():
            e = Exchange(json.loads(line))
            e.test = e.test or file.stem
            yield e


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("openapi", metavar="OPENAPI_JSON")
    parser.add_argument("directory", metavar="DIRECTORY", type=pathlib.Path)
    arguments = parser.parse_args()
    description = Description(arguments.openapi)
    checker = Checker(description)
    wrong = collections.Counter()
    looked_at = left_out = 0
    for e in exchanges(arguments.directory):
        if any(e.test.startswith(prefix) for prefix in LEFT_OUT):
            left_out += 1
            continue
        looked_at += 1
        try:
            faults = list(checker.faults(e))
        except (ValueError, KeyError, OSError, EOFError) as failure:
            faults = [f"it cannot be read: {type(failure).__name__}: {failure}"]
        for fault in faults:
            # Of the members of a list, the first one.
            kind = re.sub(r"/\d+(?=[/:])", "/N", fault)
            wrong[kind] += 1
            if wrong[kind] == 1:
                print(f"WRONG   {e.test}: {e.method} {e.target[:120]} {e.status}: {fault}")
    print_seen(checker.seen)
    operations = {operation for _, _, op in description.operations() for operation in [op["operationId"]]}
    pairs = {pair for pair in checker.seen if pair[0] in operations}
    reached = {operation for operation, _ in pairs}
    print(f"{looked_at} exchanges looked at, {left_out} left out, {checker.unread} bodies too long to be written down")
    print(f"{len(reached)} of {len(operations)} operations, {len(pairs)} pairs of operation and status; not seen: "
          f"{', '.join(sorted(operations - reached)) or 'none'}")
    if wrong:
        print(f"{sum(wrong.values())} faults of {len(wrong)} kinds")
    if len(reached) < LEAST_OPERATIONS or len(pairs) < LEAST_PAIRS:
        print(f"too little was seen, {LEAST_OPERATIONS} operations and {LEAST_PAIRS} pairs are asked for: ctest must run "
              "the tests before that write exchanges down")
        return 1
    return 1 if wrong else 0


def print_seen(seen):
    by_operation = collections.defaultdict(list)
    for (operation, status), count in sorted(seen.items()):
        by_operation[operation].append(f"{status}×{count}")
    for operation, told in by_operation.items():
        print(f"{operation:<20}{' '.join(told)}")


if __name__ == "__main__":
    sys.exit(main())
