"""The page of /docs: the description for people, as HTML that needs no script and nothing from elsewhere."""

import base64
import hashlib
import html
import json
import pathlib
import re
import shlex

_CSS = (pathlib.Path(__file__).resolve().parent / "page.css").read_text(encoding="utf-8")
_METHODS = ("get", "put", "post", "delete", "patch")
_ADDRESS = "http://127.0.0.1:8000"
_BOUNDS = {"minimum": "at least {}", "maximum": "at most {}", "minLength": "{} characters at least",
           "maxLength": "{} characters at most", "minItems": "{} at least", "maxItems": "{} at most",
           "pattern": "like {}", "default": "{} unless told"}


def render(description):
    """The page, and the Content-Security-Policy that lets its own style in and nothing else."""
    style = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
    policy = (f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; "
              "frame-ancestors 'none'")
    return "".join(_Page(description).parts()), policy


def _text(value):
    return html.escape(str(value))


def _code(value):
    return f"<code>{_text(value)}</code>"


def _inline(text):
    """Code in back quotes and bold in asterisks; all else is text."""
    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", _text(" ".join(text.split())))
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", marked)


def _paragraphs(text):
    return "".join(f"<p>{_inline(part)}</p>\n" for part in re.split(r"\n\s*\n", text.strip()) if part)


def _example(value):
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return f"<pre><code>{_text(shown)}</code></pre>\n"


class _Page:
    def __init__(self, description):
        self._description = description

    def parts(self):
        info = self._description["info"]
        yield ('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
               '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
               f'<title>{_text(info["title"])} API</title>\n<style>{_CSS}</style>\n</head>\n<body>\n')
        yield f'<h1>{_text(info["title"])} API</h1>\n<p>{_inline(info["summary"])} '
        yield f'<span class="faint">Version {_text(info["version"])}, '
        yield f'<a href="/openapi.json">OpenAPI {_text(self._description["openapi"])}</a></span></p>\n'
        yield _paragraphs(info["description"])
        yield from self._contents()
        yield '<h2 id="keys">API keys</h2>\n<dl>\n'
        for name, scheme in self._description["components"]["securitySchemes"].items():
            yield f'<dt id="key-{_text(name)}">{_code(scheme.get("name", "Authorization"))}</dt>'
            yield f'<dd>{_inline(scheme["description"])}</dd>\n'
        yield "</dl>\n"
        for tag in self._description["tags"]:
            yield f'<h2 id="tag-{_text(tag["name"])}">{_text(tag["name"].capitalize())}</h2>\n'
            yield _paragraphs(tag["description"])
            for operation in self._operations(tag["name"]):
                yield from self._operation(*operation)
        yield '<h2 id="answers">Answers of many paths</h2>\n'
        for name, response in self._description["components"]["responses"].items():
            yield f'<h3 id="answer-{_text(name)}">{_text(name)}</h3>\n{_paragraphs(response["description"])}'
            yield from self._answer(response)
        yield '<h2 id="schemas">Schemas</h2>\n'
        for name, schema in self._description["components"]["schemas"].items():
            yield f'<h3 id="schema-{_text(name)}">{_code(name)}</h3>\n{self._schema(schema)}'
        yield "</body>\n</html>\n"

    def _operations(self, tag):
        for path, item in self._description["paths"].items():
            for method in filter(_METHODS.__contains__, item):
                if tag in item[method]["tags"]:
                    yield method, path, item[method], item.get("parameters", []) + item[method].get("parameters", [])

    def _contents(self):
        yield "<nav>\n"
        for tag in self._description["tags"]:
            yield f'<h4>{_text(tag["name"].capitalize())}</h4>\n<ul>\n'
            for method, path, operation, _ in self._operations(tag["name"]):
                yield (f'<li><a href="#{_text(operation["operationId"])}"><span class="method {method}">'
                       f"{method.upper()}</span> {_code(path)}</a> {_inline(operation['summary'])}</li>\n")
            yield "</ul>\n"
        yield '<p><a href="#answers">Answers of many paths</a>, <a href="#schemas">schemas</a></p>\n</nav>\n'

    def _operation(self, method, path, operation, parameters):
        yield (f'<section id="{_text(operation["operationId"])}">\n<h3><span class="method {method}">{method.upper()}'
               f"</span> {_code(path)}</h3>\n<p><strong>{_inline(operation['summary'])}.</strong></p>\n")
        yield _paragraphs(operation.get("description", ""))
        yield f'<p class="faint">{self._keys(operation)}</p>\n'
        yield "<h4>With curl</h4>\n" + _example(self._curl(method, path, operation, parameters))
        yield "<h4>Parameters</h4>\n<dl>\n"
        for parameter in map(self._resolved, parameters):
            yield self._named(parameter["name"], parameter["schema"], parameter.get("description", ""),
                              f"in the {parameter['in']}{', needed' if parameter.get('required') else ''}")
        yield "</dl>\n"
        if "requestBody" in operation:
            yield f"<h4>Body</h4>\n{_paragraphs(operation['requestBody'].get('description', ''))}"
            yield from self._content(operation["requestBody"])
        yield "<h4>Answers</h4>\n"
        for status, response in operation["responses"].items():
            if "$ref" in response:
                name = response["$ref"].rpartition("/")[2]
                yield (f'<p>{_code(status)} <a href="#answer-{_text(name)}">{_text(name)}</a> '
                       f"{_inline(self._resolved(response)['description'])}</p>\n")
            else:
                yield f"<details>\n<summary>{_code(status)} {_inline(response['description'])}</summary>\n"
                yield from self._answer(response)
                yield "</details>\n"
        yield "</section>\n"

    def _answer(self, response):
        yield "<dl>\n"
        for name, header in response.get("headers", {}).items():
            header = self._resolved(header)
            yield self._named(name, header["schema"], header["description"], "header")
        yield "</dl>\n"
        yield from self._content(response)

    def _keys(self, operation):
        needed = operation.get("security", self._description["security"])
        if not needed:
            return "Needs no key."
        if {"budgetAlertToken": []} in needed:
            return 'Needs the <a href="#key-budgetAlertToken">token of budget alerts</a>.'
        told = " or ".join(f'<a href="#key-{_text(name)}">{_code(self._scheme(name).get("name", "Authorization"))}</a>'
                           for one in needed for name in one)
        return f"{'Tells more with a key' if {} in needed else 'Needs a key where the service has keys'}: {told}."

    def _scheme(self, name):
        return self._description["components"]["securitySchemes"][name]

    def _content(self, of):
        for media_type, content in of.get("content", {}).items():
            yield f"<p>{_code(media_type)}</p>\n{self._schema(content['schema'])}"
            for example in content.get("examples", {}).values():
                if "summary" in example:
                    yield f'<p class="faint">{_inline(example["summary"])}</p>\n'
                yield _example(example["value"])

    def _curl(self, method, path, operation, parameters):
        """What can be typed as it is, but for the words in capitals and the file's name."""
        options = []
        query = ""
        needed = operation.get("security", self._description["security"])
        content = operation.get("requestBody", {}).get("content", {})
        if method == "delete" or (method == "post" and not content):
            options.append(["-X", method.upper()])
        if {"budgetAlertToken": []} in needed:
            query = "?token=TOKEN"
        elif needed:
            options.append(["-H", "Authorization: Bearer KEY"])
        if "multipart/form-data" in content:
            options.append(["-F", "files=@image.png"])
        elif content:
            value = next(iter(content["application/json"]["examples"].values()))["value"]
            options += [["-H", "Content-Type: application/json"], ["-d", json.dumps(value)]]
        for parameter in map(self._resolved, parameters):
            if parameter["in"] == "path":
                path = path.replace("{%s}" % parameter["name"], str(parameter["example"]))
        return " \\\n  ".join(["curl", *map(shlex.join, options), shlex.quote(_ADDRESS + path + query)])

    def _resolved(self, item):
        if "$ref" not in item:
            return item
        found = self._description
        for part in item["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found

    def _named(self, name, schema, description, remark=""):
        """A row of a list: a member, a parameter or a header."""
        notes = ", ".join(filter(None, [self._kind(schema), remark]))
        own = self._own_members(schema)
        return (f'<dt>{_code(name)} <span class="faint">{notes}</span></dt>'
                f"<dd>{_inline(description or schema.get('description', ''))}{own}</dd>\n")

    def _kind(self, schema):
        """What a value is, in a few words."""
        if schema is False:
            return "never"
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return f'<a href="#schema-{_text(name)}">{_text(name)}</a>'
        if "const" in schema:
            return f"always {_code(schema['const'])}"
        for either in ("anyOf", "oneOf"):
            if either in schema and all("required" not in one for one in schema[either]):
                return " or ".join(map(self._kind, schema[either]))
        if "enum" in schema:
            words = "one of " + ", ".join(_code("null" if value is None else value) for value in schema["enum"])
        else:
            types = schema.get("type", "object" if "properties" in schema else "any value")
            words = " or ".join([types] if isinstance(types, str) else types)
        if "items" in schema:
            words += f" of {self._kind(schema['items'])}"
        bounds = [text.format(_code(schema[word])) for word, text in _BOUNDS.items() if word in schema]
        return "; ".join([words, *bounds])

    def _own_members(self, schema):
        """The members that are described in place, not by a reference."""
        if schema is False:
            return ""
        inner = schema.get("items", schema)
        return self._members(inner) if "properties" in inner else ""

    def _members(self, schema):
        needed = schema.get("required", [])
        rows = "".join(self._named(name, member, "", "" if name in needed else "may be missing")
                       for name, member in schema["properties"].items())
        return f"<dl>\n{rows}</dl>\n"

    def _schema(self, schema):
        parts = [_paragraphs(schema.get("description", "")), f'<p class="faint">{self._kind(schema)}</p>\n']
        for part in schema.get("allOf", []):
            if "$ref" in part:
                parts.append(f'<p class="faint">all of {self._kind(part)}, and</p>\n')
            elif "properties" in part:
                parts.append(self._members(part))
        if "properties" in schema:
            parts.append(self._members(schema))
        return "".join(parts)
