"""glyphgate-ocr --quote: what reading would come to."""

from __future__ import annotations

import argparse
import json
from typing import Dict, List, Optional, Sequence

from .arguments import NO_SERVICE, NOT_WRITTEN, READ_ALL, SOME_FAILED
from .client import OCRClient
from .errors import GlyphgateError
from .inputs import Inputs
from .output import OutputError, check_writable, complain, write_out
from .reading import documents_of
from .results import Quote

_COUNTS = ("known", "repeated", "sent", "riding", "joining", "new", "skipped", "calls", "estimated_usd")


def quote(client: OCRClient, arguments: argparse.Namespace) -> int:
    """The exit status: as reading would have it now. Raises PictureError and OutputError before anything is sent."""
    inputs = Inputs(arguments.output, documents_alone=False)
    inputs.gather(arguments.files)
    check_writable(arguments.output)
    for input_id, flaw in inputs.flaws.items():
        complain(f"{input_id}: {flaw}")
    try:
        quotes = client.quote_batch(inputs.pictures, arguments.hints, max_delay=arguments.max_delay, on_error="skip",
                                    near_duplicates=arguments.near_duplicates or None,
                                    documents=documents_of(arguments))
    except GlyphgateError as error:
        complain(error)
        return NO_SERVICE
    totals = _totals(quotes)
    try:
        write_out(_as_json(totals, quotes) if arguments.format == "json" else _as_text(totals, quotes),
                  arguments.output)
    except OutputError as error:
        if not error.reader_has_left:
            complain(error)
        return NOT_WRITTEN
    if not all(q.accepted for q in quotes):
        return NO_SERVICE
    failed = inputs.flaws or inputs.has_lost_some or (inputs.unsupported and not arguments.skip_unsupported)
    return SOME_FAILED if failed or totals["skipped"] else READ_ALL


def _totals(quotes: Sequence[Quote]) -> Dict[str, Optional[float]]:
    """None for what the service could not tell of some job."""
    totals: Dict[str, Optional[float]] = {}
    for name in _COUNTS:
        counts = [getattr(q, name) for q in quotes]
        totals[name] = None if None in counts else sum(counts)
    return totals


def _as_json(totals: Dict[str, Optional[float]], quotes: Sequence[Quote]) -> str:
    told = {"jobs": len(quotes), **totals, "accepted": all(q.accepted for q in quotes),
            "waits_for": next((q.waits_for for q in quotes if q.waits_for), None),
            "refused": next((dict(q.refused) for q in quotes if q.refused), None),
            "retry_after": max((q.retry_after for q in quotes if q.retry_after is not None), default=None)}
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _as_text(totals: Dict[str, Optional[float]], quotes: Sequence[Quote]) -> str:
    def count(name: str) -> str:
        value = totals[name]
        return "not known" if value is None else f"{value:g}"

    price = totals["estimated_usd"]
    lines = [f"{'job' if len(quotes) == 1 else 'jobs':<10}{len(quotes)}",
             f"{'known':<10}{count('known')}, which cost nothing",
             f"{'repeated':<10}{count('repeated')}, which cost nothing",
             f"{'sent':<10}{count('sent')}: {count('new')} in new calls, {count('joining')} in calls that still fill, "
             f"{count('riding')} in calls on their way",
             f"{'at fault':<10}{count('skipped')}, which are not read",
             f"{'calls':<10}{count('calls')}",
             f"{'price':<10}{'not known' if price is None else f'US${price:.4f}'}"]
    return "".join(line + "\n" for line in [*lines, *_hindrances(quotes)])


def _hindrances(quotes: Sequence[Quote]) -> List[str]:
    told = []
    if any(q.accepted and q.waits_for for q in quotes):
        told.append(f"{'waits':<10}for room in the limits")
    for why, seconds in dict.fromkeys((_reason(q), q.retry_after) for q in quotes if not q.accepted):
        again = "" if seconds is None else f"; try again in {seconds:.0f} s"
        told.append(f"{'refused':<10}{why}{again}")
    return told


def _reason(refused: Quote) -> str:
    problem = refused.refused or {}
    return str(problem.get("detail") or problem.get("title") or "the service does not say why")
