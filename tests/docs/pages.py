"""The project's pages, and how a test complains of one."""

import pathlib

from steps import Wrong

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
_NOT_OURS = {"build", "data", "node_modules"}


def check(holds, complaint):
    if not holds:
        raise Wrong(complaint)


def text_of(name):
    """The text of a file of the project."""
    return (REPOSITORY / name).read_text(encoding="utf-8")


def all_pages():
    """Every Markdown file of the project."""
    pages = (p.relative_to(REPOSITORY) for p in REPOSITORY.rglob("*.md"))
    return sorted(p for p in pages if not any(part in _NOT_OURS or part.startswith(".") for part in p.parts))


def section(name, heading):
    """The lines below a heading of a page, up to the next one."""
    _, found, rest = text_of(name).partition(f"\n## {heading}\n")
    check(found, f"{name} has no section \"{heading}\"")
    return rest.split("\n## ")[0]


def rows(text):
    """The cells of each row of the tables in it, their heads left out."""
    before = ""
    for line in text.splitlines():
        if line.startswith("|") and before.startswith("|") and not line.startswith("| ---"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]
        before = line
