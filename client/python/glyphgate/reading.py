"""One run of glyphgate-ocr, from the files to the exit status."""

from __future__ import annotations

import argparse
from typing import Dict, List, Optional, Tuple

from .arguments import EXPORTED, INTERRUPTED, NO_SERVICE, READ_ALL, SOME_FAILED, USAGE, is_folder
from .client import OCRClient
from .documents import Documents
from .errors import GlyphgateError, TooLarge
from .inputs import Inputs
from .output import complain
from .picture_id import file_of_page
from .rendering import doubts, engines_line
from .results import PictureResult
from .writing import writer_for


class Reading:
    def __init__(self, client: OCRClient, arguments: argparse.Namespace) -> None:
        self._client = client
        self._arguments = arguments
        self._is_exported = arguments.format in EXPORTED
        into_folder = is_folder(arguments.output)
        self._inputs = Inputs(arguments.output, into_folder and self._is_exported)
        self._writer = writer_for(client, arguments)
        # One document is made of one job; lines can be joined.
        self._one_job = self._is_exported and not into_folder and arguments.format != "jsonl"
        #: By the input's id; of a file of several pages, all of them.
        self._results: Dict[str, List[PictureResult]] = {}

    def status(self) -> int:
        """Raises PictureError and OutputError before anything is sent."""
        self._inputs.gather(self._arguments.files)
        self._writer.prepare(self._inputs)  # now rather than after the pictures were paid for
        for input_id, flaw in self._inputs.flaws.items():
            self._results[input_id] = [PictureResult(input_id, "", (), flaw)]
        status, why = self._read()
        in_order = {i: self._results[i] for i in self._inputs.names if i in self._results}
        results = [result for pages in in_order.values() for result in pages]
        if results or status < USAGE:
            status = max(status, self._writer.write(in_order))
        self._tell(results)
        if why:
            if results:
                complain(f"{len(self._results)} of {len(self._inputs.names)} pictures were read before it stopped:")
            complain(why)
            if self._one_job and isinstance(why, TooLarge) and len(self._inputs.names) > 1:
                complain("one document is made of one job; --output DIR/ writes a file for each input, of as many jobs "
                         "as they need")
        return status

    def _read(self) -> Tuple[int, Optional[GlyphgateError]]:
        """The status, and what ended it early."""
        status = READ_ALL
        why: Optional[GlyphgateError] = None
        try:
            results = self._client.process_batch(
                self._inputs.pictures, self._arguments.hints, not self._arguments.quiet,
                max_delay=self._arguments.max_delay, on_error="skip",
                near_duplicates=self._arguments.near_duplicates or None, documents=documents_of(self._arguments),
                keep_images=self._arguments.format == "pdf", one_job=self._one_job)
        except GlyphgateError as error:
            results, status, why = list(error.results), NO_SERVICE, error
        except KeyboardInterrupt as interrupt:
            results, status = list(getattr(interrupt, "results", ())), INTERRUPTED
        for result in results:
            self._results.setdefault(file_of_page(result.id, self._inputs.names) or result.id, []).append(result)
        all_ok = all(result.ok for pages in self._results.values() for result in pages)
        if status == READ_ALL and not (all_ok and self._has_taken_all()):
            status = SOME_FAILED
        return status, why

    def _has_taken_all(self) -> bool:
        skipped = self._inputs.unsupported and not self._arguments.skip_unsupported
        return not (skipped or self._inputs.has_lost_some or self._writer.has_left_out)

    def _tell(self, results: List[PictureResult]) -> None:
        for result in results:
            if result.error:
                complain(f"{result.id}: {result.error}")
            elif result.warning:
                complain(f"{result.id}: warning: {result.warning}")
        for doubt in doubts(results, self._arguments.warn_below):
            complain(doubt)
        engines = engines_line(results)
        if engines and not self._arguments.quiet:
            complain(engines)


def documents_of(arguments: argparse.Namespace) -> Documents:
    return Documents(arguments.pages, arguments.dpi, arguments.pdf_text)
