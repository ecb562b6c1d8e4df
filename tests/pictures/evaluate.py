#!/usr/bin/python3
"""Reads sets of test pictures with several engines, one after the other in one run, and prints how well each did.

    tests/pictures/evaluate.py --service build/release/glyphgate [--engines tesseract,ppocr] SET ...
    tests/pictures/evaluate.py [--service ...] --readings ppocr=FILE ... SET ...

A SET is a directory that draw.py wrote. Each engine gets a service of its own, and every set in jobs of 50 pictures; what
it read is kept beside the pictures as ENGINE.jsonl. `--readings` adds an engine whose readings are there already, as
`ppocr_bench --json` prints them: a line a picture, with `file`, `text` and `cpu_ms`, for all sets.

Prints a table in Markdown: the character error rate (CER: Levenshtein's distance over the length of the truths), the
strips that are right to the last character, the empty pictures in which text was found, and the CPU time, user and
system, of the service and its readers, for each picture. Tesseract is told the language; ppocr is not.
"""

import argparse
import json
import pathlib
import sys
import tempfile

import metrics
import sets

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bench"))
import pictures as multipart  # noqa: E402
import strips  # noqa: E402
from started_service import StartedService  # noqa: E402

_JOB = 50
_HINTS = {"mixed": ["zh", "en"], "digits": ["en"]}
_ENDLESS = "10000000"
_SETTINGS = {"JOBS_PER_MINUTE_LIMIT": _ENDLESS, "JOBS_PER_HOUR_LIMIT": _ENDLESS, "DAILY_API_CALLS_LIMIT": _ENDLESS,
             "ENGINE_IDLE_SECONDS": "3600", "MAX_CONCURRENT_JOBS": "1"}
_CLOCK_TICKS = 100  # a second, in /proc


def _stat(process):
    """Of a process: its parent, and the clock ticks of it and of the children that it has waited for."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return int(fields[1]), sum(map(int, fields[11:15]))


def cpu_ms(root):
    """CPU time of a process and all that it has started, ms."""
    found = {}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            found[int(process.name)] = _stat(process)
        except (FileNotFoundError, ProcessLookupError):
            pass
    family = {root}
    while more := {pid for pid, (parent, _) in found.items() if parent in family} - family:
        family |= more
    return sum(found[pid][1] for pid in family if pid in found) * 1000 / _CLOCK_TICKS


def _read(port, directory, truths, hints):
    """Posts the pictures in jobs; gives the results by file."""
    names, results = list(truths), {}
    for first in range(0, len(names), _JOB):
        part = names[first:first + _JOB]
        body, content_type = multipart.form([(name, (directory / name).read_bytes()) for name in part], hints)
        # One for each job, as the service does not keep a connection for ever.
        connection = strips.connect(port)
        job = strips.call(connection, "POST", "/ocr/jobs", body, {"Content-Type": content_type})["job_id"]
        while not (view := strips.call(connection, "GET", f"/ocr/jobs/{job}?wait=55"))["completed_at"]:
            pass
        if view["status"] != "completed":
            raise SystemExit(f"evaluate.py: a job of {directory} ended as {view['status']}: {view['error']}")
        results.update({result["id"]: result for result in view["result"]["results"]})
    return results


def read_by_service(service, engine, directories):
    """The readings of every set by a service with that engine, with the CPU time of one picture of the set."""
    found = {}
    with tempfile.TemporaryDirectory() as data, StartedService(service, data, OCR_ENGINE=engine, **_SETTINGS) as started:
        for directory in directories:
            truths = sets.truths(directory)
            language = next(iter(truths.values()))["language"]
            hints = _HINTS.get(language, [language]) if engine == "tesseract" else []
            _read(started.port, directory, dict(list(truths.items())[:1]), hints)  # loads what is loaded at first use
            begin = cpu_ms(started.process.pid)
            results = _read(started.port, directory, truths, hints)
            each = (cpu_ms(started.process.pid) - begin) / len(truths)
            found[directory] = {name: {"file": name, "text": result["text"], "characters": result["characters"],
                                       "cpu_ms": each} for name, result in results.items()}
            with open(directory / f"{engine}.jsonl", "w", encoding="utf-8") as out:
                out.writelines(json.dumps(entry, ensure_ascii=False) + "\n" for entry in found[directory].values())
    return found


def scored(truths, readings):
    """The score of a set, and the mean CPU time of a picture, ms, None where it is not known."""
    if absent := [name for name in truths if name not in readings]:
        raise SystemExit(f"evaluate.py: {len(absent)} pictures have no reading, e.g. {absent[0]}")
    score = metrics.Score()
    for name, truth in truths.items():
        score.add(truth["text"], readings[name].get("text") or "")
    times = [readings[name].get("cpu_ms") for name in truths]
    return score, None if None in times else sum(times) / len(times)


def row(name, scores):
    """A row of the table: for every engine its error rate, exact strips, empty strips with text, and CPU time."""
    first = scores[0][0]
    cells = [name, str(first.pictures)]
    cells += ["–" if s.error_rate() is None else f"{100 * s.error_rate():.2f} %" for s, _ in scores]
    cells += [str(s.exact) if s.characters else "–" for s, _ in scores]
    cells += [str(s.found) if s.empty else "–" for s, _ in scores]
    cells += ["–" if ms is None else f"{ms:.0f}" for _, ms in scores]
    return "| " + " | ".join(cells) + " |"


def table(engines, rows):
    """`rows`: the name of each set and its scores, in the order of the engines."""
    titles = ["set", "pictures"] + [f"{e} {what}" for what in ("CER", "exact", "text in empty", "CPU ms") for e in engines]
    return "\n".join(["| " + " | ".join(titles) + " |", "| " + " | ".join(["---"] * len(titles)) + " |",
                      *(row(name, scores) for name, scores in rows)])


def main():
    parser = argparse.ArgumentParser(description="Reads sets of test pictures and prints how well each engine did.")
    parser.add_argument("--service", help="the program glyphgate")
    parser.add_argument("--engines", default="tesseract", help="that the service is to have, by commas")
    parser.add_argument("--readings", action="append", default=[], metavar="NAME=FILE", help="of an engine without service")
    parser.add_argument("sets", nargs="+", type=pathlib.Path, metavar="SET")
    options = parser.parse_args()
    directories = options.sets
    by_engine = {}
    if options.service:
        for engine in options.engines.split(","):
            by_engine[engine] = read_by_service(options.service, engine, directories)
    for given in options.readings:
        engine, _, path = given.partition("=")
        if not path:
            parser.error(f"--readings {given}: give NAME=FILE")
        by_engine[engine] = dict.fromkeys(directories, sets.readings(path))
    if not by_engine:
        parser.error("give --service or --readings")
    rows = [(directory.name, [scored(sets.truths(directory), readings[directory]) for readings in by_engine.values()])
            for directory in directories]
    print(table(list(by_engine), rows))


if __name__ == "__main__":
    main()
