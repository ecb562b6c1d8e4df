"""The links between the project's pages."""

import re
import urllib.parse

from pages import REPOSITORY, all_pages, text_of

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} (.*)$", re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")


def _anchors(page):
    """What GitHub calls the headings of a page."""
    seen = {}
    for heading in _HEADING.findall(_FENCE.sub("", text_of(page))):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        seen[slug] = seen.get(slug, -1) + 1
        yield f"{slug}-{seen[slug]}" if seen[slug] else slug


def _complaint(page, target):
    """Empty when it leads somewhere, or out of the project."""
    if re.match(r"[a-z]+:", target):
        return ""
    path, _, anchor = urllib.parse.unquote(target).partition("#")
    there = (REPOSITORY / page).parent / path if path else REPOSITORY / page
    there = there.resolve()
    if not there.exists():
        return f"{page}: there is no {target}"
    if REPOSITORY not in [there, *there.parents]:
        return f"{page}: {target} leads out of the project"
    if anchor and (there.suffix != ".md" or anchor not in _anchors(there.relative_to(REPOSITORY))):
        return f"{page}: there is no heading for {target}"
    return ""


def broken():
    """Every link that leads nowhere, and how many links there are."""
    links = [(page, target) for page in all_pages() for target in _LINK.findall(_FENCE.sub("", text_of(page)))]
    return [c for c in (_complaint(*link) for link in links) if c], len(links)
