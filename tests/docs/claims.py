"""What the pages say of the sources: names of files, tests and events, figures that another page measured."""

import re

from pages import REPOSITORY, check, rows, section, text_of

_LOGGED = re.compile(r'\blog::(?:debug|info|warn|error)\("(\w+)"|\blog::write\([^;"]*"(\w+)"|\bcontained\("(\w+)"')
# A machine's log entry: its name, or two of them to choose from, stands before the braces of its values.
_ENTRY = re.compile(r'\blog_entry\{([^{;]*)\{')
_SOURCES = ("app", "actors", "core", "http", "store", "vision")


def evidence(page):
    """Every path in back quotes exists; a name behind a path of `tests/` or `client/` is in that file. How many tests
    are named."""
    named = 0
    for line in text_of(page).splitlines():
        file = None
        for token in re.findall(r"`([^`]+)`", line) if line.startswith("|") else []:
            if re.fullmatch(r"[\w.-]+(/[\w.-]+)+/?|[\w-]+\.(toml|md)", token):
                check((REPOSITORY / token).exists(), f"{page} names {token}, which is not there")
                file = token if re.search(r"\btests?/.*\.\w+$|/test_\w+\.py$", token) else None
            elif file and re.fullmatch(r"[a-z]\w*_\w+|\w*Test\w*", token):
                check(re.search(rf"\b{token}\b", text_of(file)), f"{page} names {token}, which {file} does not have")
                named += 1
    return named


def events(page, heading):
    """The table of events holds what the sources log, and nothing else. How many there are."""
    told = {name for cells in rows(section(page, heading)) for name in re.findall(r"`(\w+)`", cells[0])}
    logged = set()
    for source in (source for folder in _SOURCES for source in (REPOSITORY / folder).rglob("*.cpp")):
        text = source.read_text(encoding="utf-8")
        logged.update(name for names in _LOGGED.findall(text) for name in names if name)
        logged.update(name for entry in _ENTRY.findall(text) for name in re.findall(r'"(\w+)"', entry))
    check(told == logged, f"{page} lacks the events {sorted(logged - told)}, and tells of {sorted(told - logged)}, "
                          "which nothing logs")
    return len(told)


def figures(page, heading, source):
    """Each figure in the last column of the tables below that heading is one of the source's. How many there are."""
    measured = set(re.findall(r"\d+(?:[.,]\d+)*", text_of(source)))
    stated = [n for cells in rows(section(page, heading)) for n in re.findall(r"\d+(?:[.,]\d+)*", cells[-1])]
    for figure in stated:
        check(figure in measured, f"{page} says {figure}, which {source} did not measure")
    check(stated, f"{page} has no figures below \"{heading}\"")
    return len(stated)
