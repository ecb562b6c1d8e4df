"""The command glyphgate-ocr."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from typing import IO, Dict, Iterator, List, Optional, Sequence

from .client import OCRClient
from .errors import GlyphgateError, PictureError
from .results import PictureResult
from .version import __version__

READ_ALL, SOME_FAILED, USAGE, NO_SERVICE, INTERRUPTED = 0, 1, 2, 3, 130

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")

_EPILOG = """\
Directories are walked for files named .jpg, .jpeg, .png and .webp.
The environment's GLYPHGATE_URL and GLYPHGATE_API_KEY stand in for --url and --key.
exit status: 0 all pictures were read, 1 some could not be, 2 wrong usage, 3 no service, or it refused"""


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs the command; its exit status."""
    arguments = _parser().parse_args(argv)
    try:
        client = OCRClient(arguments.url, arguments.key, retry_for=arguments.retry_for)
    except ValueError as error:
        return _complain(error, USAGE)
    try:
        with client:
            return _read(client, arguments)
    except (PictureError, _OutputError) as error:
        return _complain(error, USAGE)
    except BrokenPipeError:
        # Whoever read our output has had enough. Nothing is to be written to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SOME_FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


class _OutputError(Exception):
    """--output cannot be written."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("glyphgate-ocr", description="Reads the text in pictures, with Glyphgate.",
                                     epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a JPEG, PNG or WebP, or a directory of them")
    parser.add_argument("--url", default=os.environ.get("GLYPHGATE_URL") or "http://127.0.0.1:8000",
                        help="the service (default: %(default)s)")
    parser.add_argument("--key", default=os.environ.get("GLYPHGATE_API_KEY") or None, help="the service's API key")
    parser.add_argument("--hints", help="languages to expect, e.g. zh,en")
    parser.add_argument("--format", choices=("text", "json", "tsv"), default="text",
                        help="text (default); json: with a box and a confidence for each character; tsv: id, "
                        "characters, mean confidence, text, error")
    parser.add_argument("--output", metavar="FILE", help="write there instead of to standard output")
    parser.add_argument("--retry-for", type=float, default=120, metavar="SECONDS",
                        help="how long to go on while the service asks to wait (default: %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _read(client: OCRClient, arguments: argparse.Namespace) -> int:
    # The path is the id: unlike its last part, it is unique.
    pictures = [(path, path) for path in dict.fromkeys(_files(arguments.files))]
    if arguments.output:
        _open_output(arguments.output, "a").close()  # fails now rather than after the pictures were paid for
    failure: Optional[GlyphgateError] = None
    try:
        results = client.process_batch(pictures, arguments.hints, not arguments.quiet)
    except PictureError:
        raise
    except GlyphgateError as error:
        results, failure = list(error.results), error
    if results or not failure:
        _write(results, arguments.format, arguments.output)
    for result in results:
        if result.error:
            _complain(f"{result.id}: {result.error}", SOME_FAILED)
    if failure:
        if results:
            _complain(f"{len(results)} of {len(pictures)} pictures were read before it stopped:", NO_SERVICE)
        return _complain(failure, NO_SERVICE)
    return READ_ALL if all(r.ok for r in results) else SOME_FAILED


def _files(paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        found = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names
                 if name.lower().endswith(_SUFFIXES)]
        if not found:
            raise PictureError(f"the directory {path!r} holds no file named {', '.join(_SUFFIXES)}")
        yield from sorted(found)


def _write(results: List[PictureResult], form: str, path: Optional[str]) -> None:
    write = {"text": _write_text, "json": _write_json, "tsv": _write_tsv}[form]
    if path:
        with _open_output(path, "w") as file:
            write(results, file)
    else:
        if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
            sys.stdout.reconfigure(encoding="utf-8")
        write(results, sys.stdout)
        sys.stdout.flush()


def _open_output(path: str, mode: str) -> IO[str]:
    try:
        return open(path, mode, encoding="utf-8", newline="\n")
    except OSError as error:
        raise _OutputError(f"{path!r} cannot be written: {error.strerror}") from error


def _write_text(results: List[PictureResult], to: IO[str]) -> None:
    for result in results:
        if len(results) > 1:
            to.write(f"==> {result.id} <==\n")
        if result.ok:
            to.write(result.text.rstrip("\n") + "\n")
        if len(results) > 1 and result is not results[-1]:
            to.write("\n")


def _write_json(results: List[PictureResult], to: IO[str]) -> None:
    json.dump([_as_json(r) for r in results], to, ensure_ascii=False, indent=1)
    to.write("\n")


def _as_json(result: PictureResult) -> Dict[str, object]:
    """As the service itself writes it."""
    characters = [{"text": c.text, "bbox": {"x": c.bbox.x, "y": c.bbox.y, "width": c.bbox.width,
                                            "height": c.bbox.height}, "confidence": c.confidence}
                  for c in result.characters]
    json_object: Dict[str, object] = {"id": result.id, "text": result.text, "char_count": result.char_count,
                                      "characters": characters}
    return json_object if result.ok else {**json_object, "error": result.error}


def _write_tsv(results: List[PictureResult], to: IO[str]) -> None:
    to.write("id\tcharacters\tconfidence\ttext\terror\n")
    for r in results:
        confidence = "" if r.confidence is None else f"{r.confidence:.3f}"
        to.write("\t".join((_cell(r.id), str(r.char_count), confidence, _cell(r.text), _cell(r.error or ""))) + "\n")


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n")


def _complain(what: object, status: int) -> int:
    print(f"glyphgate-ocr: {what}", file=sys.stderr)
    return status
