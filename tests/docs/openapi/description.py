"""docs/openapi.yaml as the build has made JSON of it, for the tests that hold it against something."""

import json
import re

from jsonschema import Draft202012Validator

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


class Description:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.document = json.load(file)
        self._validators = {}
        self._paths = [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)) + r"\Z"), path)
                       for path in self.document["paths"]]

    def resolved(self, item):
        """What a reference leads to; all else is itself. Raises KeyError where it leads nowhere."""
        while isinstance(item, dict) and "$ref" in item:
            found = self.document
            for part in item["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            item = found
        return item

    def path_of(self, path):
        """The described path that it is one of, or None."""
        return next((name for pattern, name in self._paths if pattern.match(path)), None)

    def methods_of(self, path):
        return [method for method in METHODS if method in self.document["paths"][path]]

    def operations(self):
        """Path, method and operation of each."""
        for path, item in self.document["paths"].items():
            for method in self.methods_of(path):
                yield path, method, item[method]

    def parameters(self, path, method):
        item = self.document["paths"][path]
        return [self.resolved(one) for one in item.get("parameters", []) + item[method].get("parameters", [])]

    def response(self, path, method, status):
        """The described answer of that status, or None; a status goes before a range of them."""
        answers = self.document["paths"][path][method]["responses"]
        found = answers.get(str(status), answers.get(f"{status // 100}XX"))
        return None if found is None else self.resolved(found)

    def faults(self, schema, value):
        """What is wrong with a value, a line each."""
        key = json.dumps(schema)
        if key not in self._validators:
            # The references of the schema lead into the components.
            whole = {"allOf": [schema], "components": self.document["components"]}
            self._validators[key] = Draft202012Validator(whole)
        for error in self._validators[key].iter_errors(value):
            yield from _leaves(error)


def _leaves(error):
    """The errors within an error: of a choice, those of the choice that fits best."""
    if not error.context:
        place = "/".join(map(str, error.absolute_path))
        yield f"/{place}: {error.message[:300]}"
        return
    by_choice = {}
    for inner in error.context:
        by_choice.setdefault(inner.schema_path[0], []).append(inner)
    for inner in min(by_choice.values(), key=len):
        yield from _leaves(inner)
