"""How glyphgate-ocr writes what was read: all in one file, or a file for each input."""

from __future__ import annotations

import argparse
import tempfile
from typing import IO, Dict, List, Mapping, Protocol, Sequence, TypedDict

from .arguments import EXPORTED, NO_SERVICE, NOT_WRITTEN, READ_ALL, SOME_FAILED, is_folder
from .client import OCRClient
from .errors import GlyphgateError, InvalidRequest, ServiceError, WriteFailed
from .inputs import Inputs
from .output import OutputError, check_writable, complain, copy_out, write_out
from .output_folder import OutputFolder, file_names
from .rendering import RENDERED, rendered, rendered_pages
from .results import PictureResult

_FILES_OF_THEIR_OWN = "--output DIR/ writes a file for each page"
# What to do where the service cannot write a form, by its name.
_REMEDIES = {"page": _FILES_OF_THEIR_OWN, "srt": "--timestamps tells when each picture is seen; to run the command again "
             "costs nothing for what the service still keeps"}

#: By the ids of the inputs, in order: what was read on their pages.
Results = Mapping[str, List[PictureResult]]


class Writer(Protocol):
    #: Whether some inputs are not read, as their files are there already.
    has_left_out: bool

    def prepare(self, inputs: Inputs) -> None:
        """Raises OutputError where nothing can be written."""

    def write(self, results: Results) -> int:
        """The exit status."""


class StreamWriter:
    def __init__(self, client: OCRClient, arguments: argparse.Namespace) -> None:
        self._client = client
        self._form: str = arguments.format
        self._path = arguments.output
        self._told = _told_of(arguments)
        self.has_left_out = False

    def prepare(self, inputs: Inputs) -> None:
        if self._form == "page" and len(inputs.names) > 1:
            raise OutputError("one file of PAGE XML", ValueError(f"it holds one page, and there are {len(inputs.names)} "
                                                                  f"inputs; {_FILES_OF_THEIR_OWN}"))
        check_writable(self._path)

    def write(self, results: Results) -> int:
        """What cannot be written where it should be is written where it can be: it was paid for."""
        in_order = [page for pages in results.values() for page in pages]
        if self._form in EXPORTED:
            return self._export(in_order)
        text = rendered(in_order, self._form)
        try:
            write_out(text, self._path)
            return READ_ALL
        except OutputError as error:
            if error.reader_has_left:
                return NOT_WRITTEN
            complain(error)
        if self._path is not None:
            try:
                write_out(text, None)
                complain("so the results are on standard output")
                return NOT_WRITTEN
            except OutputError as error:
                complain(error)
        complain("to run the same command again costs nothing for what the service still keeps")
        return NOT_WRITTEN

    def _export(self, results: Sequence[PictureResult]) -> int:
        job_ids = dict.fromkeys(page.job_id for page in results if page.job_id is not None)
        if not job_ids:
            return READ_ALL
        try:
            with tempfile.TemporaryFile() as whole, tempfile.TemporaryFile() as part:
                for job_id in job_ids:
                    self._client.export_job(job_id, self._form, part, **self._told)
                    _append(part, whole)
                copy_out(whole, self._path)
            return READ_ALL
        except GlyphgateError as error:
            complain(error)
            if isinstance(error, InvalidRequest) and self._form in _REMEDIES:
                complain(_REMEDIES[self._form])
            return NOT_WRITTEN if isinstance(error, WriteFailed) else NO_SERVICE
        except OutputError as error:
            if not error.reader_has_left:
                complain(error)
                complain("to run the same command again costs nothing for what the service still keeps")
            return NOT_WRITTEN
        except OSError as error:
            complain(f"a temporary file cannot be written: {error.strerror or error}")
            return NOT_WRITTEN


class FolderWriter:
    def __init__(self, client: OCRClient, arguments: argparse.Namespace) -> None:
        self._client = client
        self._form: str = arguments.format
        self._folder = OutputFolder(arguments.output, arguments.force)
        self._told = _told_of(arguments)
        self._names: Dict[str, str] = {}
        self.has_left_out = False

    def prepare(self, inputs: Inputs) -> None:
        self._folder.prepare()
        self._names = file_names(inputs.names, (RENDERED.get(self._form) or EXPORTED[self._form]))
        for input_id, name in self._names.items():
            if self._folder.keeps(name):
                self.has_left_out = True
                inputs.leave_out(input_id)
                complain(f"{input_id}: skipped: {name} exists in {self._folder.path}; --force overwrites it")

    def write(self, results: Results) -> int:
        status = READ_ALL
        for input_id, pages in results.items():
            if not any(page.ok for page in pages):
                continue
            try:
                if self._form == "page" and len(pages) > 1:
                    self._write_each_page(input_id, pages)
                else:
                    with self._folder.writing(self._names[input_id]) as file:
                        self._write_pages(input_id, pages, file)
            except (OutputError, WriteFailed) as error:
                complain(error)
                status = NOT_WRITTEN
            except ServiceError as refusal:
                complain(f"{input_id}: {refusal}")
                status = max(status, SOME_FAILED)
            except GlyphgateError as error:
                complain(error)
                return max(status, NO_SERVICE)
        return status

    def _write_pages(self, input_id: str, pages: List[PictureResult], file: IO[bytes]) -> None:
        if self._form in RENDERED:
            file.write(rendered_pages(pages, self._form).encode("utf-8", "backslashreplace"))
            return
        job_id = next(page.job_id for page in pages if page.ok) or ""
        if len(pages) == 1 and pages[0].id == input_id:
            self._client.export_picture(job_id, input_id, self._form, file, **self._told)
        else:
            self._client.export_job(job_id, self._form, file, **self._told)

    def _write_each_page(self, input_id: str, pages: List[PictureResult]) -> None:
        """PAGE XML holds one page: `scan.pdf#1.page.xml`, …"""
        suffix = EXPORTED[self._form]
        for page in pages:
            if page.ok:
                name = self._names[input_id][:-len(suffix)] + page.id[len(input_id):] + suffix
                with self._folder.writing(name) as file:
                    self._client.export_picture(page.job_id or "", page.id, self._form, file)


def writer_for(client: OCRClient, arguments: argparse.Namespace) -> Writer:
    if is_folder(arguments.output):
        return FolderWriter(client, arguments)
    return StreamWriter(client, arguments)


class _Told(TypedDict, total=False):
    """The keyword arguments of export_job that the command line sets."""

    dpi: int
    timestamps: str


def _told_of(arguments: argparse.Namespace) -> _Told:
    told: _Told = {}
    if arguments.format == "pdf" and arguments.dpi is not None:
        told["dpi"] = arguments.dpi
    if arguments.timestamps is not None:
        told["timestamps"] = arguments.timestamps
    return told


def _append(part: IO[bytes], whole: IO[bytes]) -> None:
    part.seek(0)
    while piece := part.read(1 << 20):
        whole.write(piece)
