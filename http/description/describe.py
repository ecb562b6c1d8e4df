"""Makes what the service serves of its API's description: the JSON of /openapi.json and the page of /docs.

    describe.py --version VERSION docs/openapi.yaml DIRECTORY

Writes openapi.json, docs.html and description_text.cpp, which has both in it, plain and packed, for the program. The
same description always makes the same bytes. VERSION is the program's: the description must name it.
"""

import argparse
import gzip
import hashlib
import json
import pathlib
import sys

import yaml

import page

_BYTES_A_LINE = 96


class _Loader(yaml.SafeLoader):
    """YAML whose scalars are what JSON has: a date is a text. A member that is given twice is an error."""

    def construct_mapping(self, node, deep=False):
        names = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"{', '.join(map(str, twice))} is given twice",
                                                    node.start_mark)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path):
    """The description as JSON has it."""
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, _Loader)


def json_of(description):
    return json.dumps(description, ensure_ascii=False, separators=(",", ":"))


def _literal(content):
    """The bytes as string literals of C++."""
    for at in range(0, len(content), _BYTES_A_LINE):
        line = "".join(chr(b) if 0x20 <= b < 0x7F and b not in b'"\\?' else f"\\{b:03o}"
                       for b in content[at:at + _BYTES_A_LINE])
        yield f'    "{line}"\n'


def _document(name, content_type, text, headers):
    plain = text.encode()
    packed = gzip.compress(plain, mtime=0)
    etag = hashlib.sha256(plain).hexdigest()[:32]
    yield f'const static_document {name}{{\n    "{content_type}",\n    {json.dumps(headers)},\n'
    yield f'    "\\"{etag}\\"",\n'
    for content in (plain, packed):
        yield "    {\n"
        yield from _literal(content)
        yield f"    , {len(content)}}},\n"
    yield "};\n"


def source_of(text, html, policy):
    """The program's source with the JSON and the page."""
    yield '// Made of docs/openapi.yaml by http/description/describe.py.\n#include "http/surfaces/description_text.hpp"\n\n'
    yield "namespace glyphgate::http {\n\n"
    yield from _document("description_json", "application/json", text, "")
    yield "\n"
    yield from _document("description_page", "text/html; charset=utf-8", html, f"Content-Security-Policy: {policy}\r\n")
    yield "\n} // namespace glyphgate::http\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", required=True, help="the program's")
    parser.add_argument("source", metavar="docs/openapi.yaml")
    parser.add_argument("directory", metavar="DIRECTORY", type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        description = load(arguments.source)
    except yaml.YAMLError as error:
        sys.exit(f"describe.py: {arguments.source}: {error}")
    told = description["info"]["version"]
    if told != arguments.version:
        sys.exit(f"describe.py: {arguments.source} describes version {told}, and the program is {arguments.version}: "
                 "correct info.version")
    text = json_of(description)
    html, policy = page.render(description)
    for name, content in (("openapi.json", text), ("docs.html", html),
                          ("description_text.cpp", "".join(source_of(text, html, policy)))):
        (arguments.directory / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
