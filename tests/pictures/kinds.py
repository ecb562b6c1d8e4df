"""The kinds of sets: what is drawn, and what is true of it."""

import re

from PIL import Image, ImageDraw, ImageEnhance

import captions
import materials

GROUNDS = ("plain", "samples", "photo", "clutter")
LANGUAGES = ("en", "zh", "mixed", "digits", "de", "fr")
# A set of frames is drawn for one language; `digits` and `mixed` are changes within these.
FRAME_LANGUAGES = ("en", "zh", "de", "fr")
KINDS = (*(f"{g}-{l}" for g in GROUNDS for l in LANGUAGES), "empty", "receipt", *(f"frames-{l}" for l in FRAME_LANGUAGES))

# How the next caption of frames differs from the one before.
CHANGES = ("other", "character", "diacritic", "digit", "punctuation", "twin")

_DIACRITICS = {"a": "àâä", "e": "éèê", "i": "îï", "o": "ôö", "u": "ùûü", "c": "ç", "n": "ñ"}
_PLAIN = {with_mark: plain for plain, marked in _DIACRITICS.items() for with_mark in marked}
# Each is easily taken for another one.
_ALIKE = {"i": "l", "l": "i", "c": "e", "e": "c", "n": "u", "u": "n", "o": "a", "a": "o", "t": "f", "f": "t", "b": "h",
          "h": "b", "v": "y", "y": "v", "r": "n", "m": "n", "s": "a", "d": "a", "g": "q", "q": "g", "w": "v", "k": "h",
          "日": "目", "目": "日", "大": "太", "太": "大", "人": "入", "入": "人", "天": "夫", "夫": "天", "未": "末",
          "末": "未", "土": "士", "士": "土", "己": "已", "已": "己", "干": "千", "千": "干", "王": "玉", "玉": "王",
          "鸟": "乌", "乌": "鸟", "兔": "免", "免": "兔", "哪": "那", "那": "哪", "他": "她", "她": "他", "们": "门",
          "问": "间", "间": "问", "休": "体", "体": "休", "住": "往", "往": "住", "白": "自", "自": "白"}


# What differs the least, and where it may stand; `twin` takes one of these.
_TWINS = [("O", "0"), ("o", "0"), ("I", "l"), ("l", "I"), ("l", "1"), ("i", "l"), ("S", "5"), ("B", "8"), (".", ","),
          (",", "."), (":", ";"), ("未", "末"), ("己", "已"), ("大", "太"), ("，", "。"), ("日", "曰"), ("人", "入"),
          ("土", "士"), ("天", "夫"), ("鸟", "乌"), ("间", "问"), ("么", "公"), ("今", "令")]


def _replaced(text, at, character):
    return text[:at] + character + text[at + 1:]


def changed(text, change, half, language, rng):
    """The text with one thing changed, or None where it has nothing of that kind."""
    if change == "other":
        return materials.sentence(half, language, rng)
    if change == "punctuation":
        marks = "，。！？" if language == "zh" else ",.!?:"
        if text[-1] in marks:
            return text[:-1] + rng.choice([m for m in marks if m != text[-1]] + [""])
        return text + rng.choice(marks)
    if change == "twin":
        places = [(m.start(), other) for one, other in _TWINS for m in re.finditer(re.escape(one), text)]
        return _replaced(text, *rng.choice(places)) if places else None
    if change == "digit":
        places = [m.start() for m in re.finditer("[0-9]", text)]
        if not places:
            return None
        at = rng.choice(places)
        return _replaced(text, at, rng.choice([d for d in "0123456789" if d != text[at]]))
    if change == "diacritic":
        places = [i for i, c in enumerate(text) if c in _PLAIN or c in _DIACRITICS]
        if not places:
            return None
        at = rng.choice(places)
        return _replaced(text, at, _PLAIN[text[at]] if text[at] in _PLAIN else rng.choice(_DIACRITICS[text[at]]))
    places = [i for i, c in enumerate(text) if c in _ALIKE]
    if places and rng.random() < 0.7:
        at = rng.choice(places)
        return _replaced(text, at, _ALIKE[text[at]])
    letters = [i for i, c in enumerate(text) if c.isalpha() and c not in _PLAIN]
    at = rng.choice(letters)
    return _replaced(text, at, materials.chinese(rng, 1, 1) if language == "zh" else
                     rng.choice([c for c in "abcdefghijklmnopqrstuvwxyz" if c != text[at].lower()]))


def _strips(half, ground, language, count, rng):
    for _ in range(count):
        picture, text = captions.drawn(half, ground, language, rng)
        yield captions.jpeg(picture, rng.choice([55, 70, 82, 90, 95])), {"text": text, "language": language}


def _empties(half, count, rng):
    for number in range(count):
        picture = captions.photograph_crop(half, rng.choice(captions.SIZES), rng)
        if number % 4 == 3:
            picture = captions.noisy(picture, rng.choice([6, 12, 20]), rng)
        yield captions.jpeg(picture, rng.choice([55, 70, 82, 90])), {"text": "", "language": "en"}


def _receipts(half, count, rng):
    """Small papers of 5 to 10 rows: an item and its price in one row are one line of the truth."""
    for _ in range(count):
        latin, _ = materials.font_files(half)
        file = rng.choice(latin)
        size = rng.randint(17, 26)
        rows = []
        for _ in range(rng.randint(5, 10)):
            item = " ".join(materials.sentence(half, "en", rng).split()[:rng.randint(2, 3)]).rstrip(",.;:!?")
            rows.append(f"{item} {rng.randrange(1, 99)}.{rng.randrange(100):02}")
        font = materials.font(file, size)
        width, step = int(max(map(font.getlength, rows))) + 70, int(size * 1.5)
        field, fill = captions.paper(rng)
        picture = Image.new("RGB", (width, step * len(rows) + 50), field)
        draw = ImageDraw.Draw(picture)
        for row, line in enumerate(rows):
            draw.text((30, 25 + step * row), line, font=font, fill=fill)
        picture = picture.rotate(rng.uniform(-1, 1), Image.Resampling.BICUBIC, fillcolor=field)
        picture = captions.noisy(picture, rng.choice([3, 8]), rng)
        yield captions.jpeg(picture, rng.choice([60, 75, 88])), {"text": "\n".join(rows), "language": "en"}


def _pair(half, language, change, width, height, rng):
    """Two texts that differ by the change, and a style that shows both."""
    while True:
        text = materials.sentence(half, language, rng)
        if change == "digit":
            text = f"{text[:18]} {rng.randrange(1000, 9999)}" if language != "zh" else f"{text[:8]}{rng.randrange(1000, 9999)}"
        other = changed(text, change, half, language, rng)
        style = captions.frame_style(half, language, height, rng)
        if other in (None, text) or not materials.can_show(style.file, text + other):
            continue
        # Small I and l are one in some fonts: who sees them cannot know.
        if (style := captions.fitting(style, max(text, other, key=len), width)) and captions.fitting(style, text, width) \
                and not captions.look_alike(style, text, other):
            return text, other, style


def _frames(half, language, count, rng):
    """Frames of a video, in their order: a caption for a while, then one that differs from it, over a ground that
    moves, each frame with noise, brightness and JPEG quality of its own. `sequence` has one ground; frames of one
    `caption` show the same text in the same place; `change` says how a caption differs from the one before."""
    drawn, sequence = 0, 0
    while drawn < count:
        width, height = rng.choice(captions.SIZES)
        change = CHANGES[sequence % len(CHANGES)] if language != "zh" else rng.choice([c for c in CHANGES if c != "diacritic"])
        first, second, style = _pair(half, language, change, width, height, rng)
        pan = rng.choice([(0, 0), (0, 0), (1, 0), (3, 1), (6, 0)])
        frames = [2, 3, 4][rng.randrange(3)]
        margin = 6 * 2 * frames
        ground = captions.photograph_crop(half, (width + margin, height + margin), rng)
        # Where the line begins stays, so that only what follows the change moves.
        left = max(4, (width - captions.width_of(style, max(first, second, key=len))) // 2)
        strength, quality = rng.choice([0, 3, 6, 10]), rng.choice([60, 75, 88])
        for frame in range(2 * frames):
            text = first if frame < frames else second
            x, y = pan[0] * frame, pan[1] * frame
            picture = ground.crop((x, y, x + width, y + height))
            captions.write(picture, text, style, (left + captions.width_of(style, text) // 2, height // 2))
            if strength:
                picture = captions.noisy(picture, strength, rng)
            picture = ImageEnhance.Brightness(picture).enhance(rng.uniform(0.97, 1.03))
            yield captions.jpeg(picture, quality + rng.randint(-5, 5)), {
                "text": text, "language": language, "sequence": sequence, "frame": frame,
                "caption": f"{sequence}.{frame // frames}", "pan": max(pan),
                "change": change if frame == frames else None}
            drawn += 1
            if drawn == count:
                return
        sequence += 1


def pictures(half, kind, count, rng):
    """Yields `count` files, each with what is true of it."""
    if kind == "empty":
        return _empties(half, count, rng)
    if kind == "receipt":
        return _receipts(half, count, rng)
    ground, language = kind.split("-")
    return _frames(half, language, count, rng) if ground == "frames" else _strips(half, ground, language, count, rng)
