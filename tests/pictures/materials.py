"""What the pictures are made of: photographs, fonts and sentences from Debian packages, in two halves that share none.

`fit` is what the calibration is fitted on, `test` what it is measured on. docs/pictures.md says which package has what.
"""

import functools
import hashlib
import itertools
import pathlib
import re

from PIL import Image, ImageFont

HALVES = ("fit", "test")

# The widest that a photograph is kept at, as a video has it.
_PHOTOGRAPH_WIDTH = 1920

# None of them shows a letter or a digit. Beside them the packages hold drawings, and photographs of jars and clocks.
_PHOTOGRAPHS = {
    "fit": ["mate/nature/Aqua", "mate/nature/Dune", "mate/nature/Garden", "mate/nature/LadyBird", "mate/nature/Storm",
            "mate/nature/Wood", "Bridge_by_Sander_Klootwijk", "Picture_0B_by_freespace", "free_by_Peter_Nerlich",
            "life_by_Aitzol_Berasategi", "sunset_by_Aitzol_Berasategi"],
    "test": ["mate/nature/Blinds", "mate/nature/FreshFlower", "mate/nature/GreenMeadow", "mate/nature/RainDrops",
             "mate/nature/TwoWings", "mate/nature/YellowFlower", "Dragonfly_by_Bolly",
             "aitzgorri_by_Aitzol_Berasategi", "friends_by_Aitzol_Berasategi", "picosdeeuropa_by_Aitzol_Berasategi",
             "seeding_by_Clements_Engelhardt"],
}

# A file, and the number of the face in it. A family is in one half with all its weights.
_LATIN = {
    "fit": [("dejavu/DejaVuSans.ttf", 0), ("dejavu/DejaVuSans-Bold.ttf", 0), ("liberation/LiberationSerif-Bold.ttf", 0),
            ("roboto/unhinted/RobotoTTF/Roboto-Regular.ttf", 0), ("roboto/unhinted/RobotoTTF/Roboto-Bold.ttf", 0),
            ("crosextra/Carlito-Bold.ttf", 0)],
    "test": [("liberation/LiberationSans-Regular.ttf", 0), ("liberation/LiberationSans-Bold.ttf", 0),
             ("open-sans/OpenSans-Regular.ttf", 0), ("open-sans/OpenSans-Semibold.ttf", 0),
             ("dejavu/DejaVuSerif-Bold.ttf", 0), ("crosextra/Caladea-Bold.ttf", 0)],
}
# Micro Hei is drawn after Droid Sans Fallback, so that only one of the two is here. Face 2 of Noto is the simplified one.
_CHINESE = {
    "fit": [("truetype/wqy/wqy-zenhei.ttc", 0), ("opentype/noto/NotoSerifCJK-Bold.ttc", 2),
            ("truetype/arphic-gkai00mp/gkai00mp.ttf", 0), ("truetype/smiley-sans/SmileySans-Oblique.ttf", 0)],
    "test": [("truetype/wqy/wqy-microhei.ttc", 0), ("opentype/noto/NotoSansCJK-Regular.ttc", 2),
             ("opentype/noto/NotoSansCJK-Bold.ttc", 2), ("truetype/arphic-gbsn00lp/gbsn00lp.ttf", 0)],
}

_FORTUNES = pathlib.Path("/usr/share/games/fortunes")
_WORDS = pathlib.Path("/usr/lib/python3/dist-packages/jieba/dict.txt")

_ENGLISH = re.compile(r"[A-Z][a-z]*(?: [A-Za-z0-9]+(?:['-][a-z]+)?[,;:]?)+[.!?]?")
_GERMAN = re.compile(r"[A-ZÄÖÜ][a-zäöüß]*(?: [A-Za-zÄÖÜäöüß0-9]+(?:-[A-Za-zäöüß]+)?[,;:]?)+[.!?]?")
_SENTENCE_LENGTHS = range(10, 45)

# Every one goes with every other one: 1728 sentences.
_FRENCH = [
    ["Le garçon", "Ma sœur aînée", "Le médecin", "Notre élève", "La forêt brûlée", "Un étranger", "L'hôtel",
     "Cette pièce", "La mère de Zoé", "Le maître", "Où l'âne", "Noël"],
    ["a disparu", "était déjà là", "reste fermé à clé", "a été oublié", "s'arrête", "préfère attendre", "plaît à Hélène",
     "semble très âgé", "a changé", "m'a gêné", "est arrivé", "n'a rien reçu"],
    ["près du château.", "cet été", "après le dîner.", "à côté du lycée", "en 1987.", "malgré la fièvre",
     "dès février.", "à la fenêtre", "sans témoin !", "avant la fête", "jusqu'à l'aube.", "où ça ?"],
]


class Missing(Exception):
    """A package that is not installed."""


def _found(path):
    if not path.is_file():
        raise Missing(f"there is no {path}; script/setup pictures installs what the pictures are drawn from")
    return path


def _is_of(half, text):
    """Half of all texts are of either half, whatever else there is."""
    return HALVES[hashlib.sha256(text.encode()).digest()[0] % 2] == half


@functools.cache
def _photograph(name):
    picture = Image.open(_found(pathlib.Path("/usr/share/backgrounds", name + ".jpg")))
    picture.draft("RGB", (_PHOTOGRAPH_WIDTH, _PHOTOGRAPH_WIDTH))
    picture = picture.convert("RGB")
    picture.thumbnail((_PHOTOGRAPH_WIDTH, _PHOTOGRAPH_WIDTH), Image.Resampling.BICUBIC)
    return picture


def photograph(half, rng):
    """A photograph without text, about as large as a video's frame."""
    return _photograph(rng.choice(_PHOTOGRAPHS[half]))


def font_files(half):
    """The fonts of a half: file and face."""
    return [(f"/usr/share/fonts/truetype/{name}", face) for name, face in _LATIN[half]], \
           [(f"/usr/share/fonts/{name}", face) for name, face in _CHINESE[half]]


def font_file(half, language, rng):
    """A font that has the language's characters. Chinese fonts have the Latin letters as well."""
    latin, chinese = font_files(half)
    return rng.choice(chinese if language in ("zh", "mixed") else latin)


@functools.cache
def font(file, size):
    """`file` as font_file gives it, `size` in px."""
    name, face = file
    return ImageFont.truetype(str(_found(pathlib.Path(name))), size, index=face)


@functools.cache
def _has_glyph(file, character):
    drawn, absent = (font(file, 24).getmask(c) for c in (character, "\U0010fffe"))
    return (drawn.size, bytes(drawn)) != (absent.size, bytes(absent))


def can_show(file, text):
    """Whether the font has a glyph for every character."""
    return all(_has_glyph(file, c) for c in text if c != " ")


def _sentences_of(directory, pattern):
    """The sentences of a directory's cookies that the pattern knows, sorted."""
    files = sorted(f for f in directory.glob("*.u8") if f.is_file())
    if not files:
        raise Missing(f"there are no texts in {directory}; script/setup pictures installs them")
    found = set()
    for file in files:
        for cookie in file.read_text(encoding="utf-8", errors="replace").split("\n%\n"):
            for sentence in re.split(r"(?<=[.!?])\s+|\n\s*\n", cookie):
                sentence = " ".join(sentence.split())
                if len(sentence) in _SENTENCE_LENGTHS and pattern.fullmatch(sentence):
                    found.add(sentence)
    return sorted(found)


@functools.cache
def _english(half):
    return [s for s in _sentences_of(_FORTUNES, _ENGLISH) if _is_of(half, s)]


@functools.cache
def _german(half):
    return [s for s in _sentences_of(_FORTUNES / "de", _GERMAN) if _is_of(half, s) and re.search("[äöüßÄÖÜ]", s)]


@functools.cache
def _french(half):
    return [s for s in map(" ".join, itertools.product(*_FRENCH)) if _is_of(half, s)]


# Usual ones that PP-OCR's recogniser has no class for.
_UNKNOWN_TO_PPOCR = "刽恫檄毖耪誊诌豢"


def is_common(character):
    """Whether it is one of the 3755 most usual Chinese characters, the first level of GB 2312, that PP-OCR knows."""
    if character in _UNKNOWN_TO_PPOCR:
        return False
    try:
        row = character.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return 0xB0 <= row <= 0xD7


@functools.cache
def _chinese_words():
    """Words of usual characters, and how often each is met, summed up."""
    words, sums = [], []
    for line in _found(_WORDS).read_text(encoding="utf-8").splitlines():
        word, often, *_ = line.split(" ")
        if int(often) >= 50 and len(word) <= 4 and all(map(is_common, word)):
            words.append(word)
            # The roots of the counts: the rarer characters are met as well.
            sums.append((sums[-1] if sums else 0) + int(often) ** 0.5)
    return words, sums


def chinese(rng, least, most):
    """A phrase of so many characters."""
    words, sums = _chinese_words()
    while True:
        phrase, length = "", rng.randint(least, most)
        while len(phrase) < length:
            phrase += rng.choices(words, cum_weights=sums)[0]
        if len(phrase) <= most:
            return phrase


def _chinese_sentence(rng):
    text = chinese(rng, 4, 14)
    if len(text) > 8 and rng.random() < 0.3:
        middle = rng.randint(3, len(text) - 3)
        text = text[:middle] + "，" + text[middle:]
    return text + rng.choices(["", "。", "？", "！"], [16, 2, 1, 1])[0]


_LATIN_WORDS = ["NASA", "iPhone 15", "CEO", "Wi-Fi", "GDP", "Windows", "3D", "100%", "2026", "Google", "App", "DNA",
                "KTV", "4K", "Linux", "OK", "Vol. 7", "PM2.5", "H5N1", "Python", "1,299", "No.1", "VIP", "USB", "24:00"]


def _mixed_sentence(rng):
    return chinese(rng, 2, 6) + rng.choice(_LATIN_WORDS) + chinese(rng, 2, 6)


def _digits(rng):
    """What captions and labels say in figures."""
    d = rng.randrange
    return rng.choice([
        lambda: f"{d(24):02}:{d(60):02}:{d(60):02}", lambda: f"{d(1, 29):02}.{d(1, 13):02}.{d(1950, 2030)}",
        lambda: f"EUR {d(1, 999)}.{d(100):02}", lambda: f"${d(1, 99)},{d(1000):03}.{d(100):02}", lambda: f"{d(1, 100)}.{d(10)} %",
        lambda: f"+49 30 {d(100, 999)} {d(1000, 9999)}", lambda: f"({d(100, 999)}) {d(100, 999)}-{d(1000, 9999)}",
        lambda: f"No. {d(10, 999)}/{d(10, 99)}-{d(1, 9)}", lambda: f"{d(2, 60)} x {d(2, 60)} = {d(100, 3600)}",
        lambda: f"{d(1000, 9999)} {d(1000, 9999)} {d(1000, 9999)}", lambda: f"[{d(1, 99)}] {d(10, 99)} km, {d(-20, 40)} C; {d(1, 9)}?",
    ])()


def sentence(half, language, rng):
    """A text that fits one caption, in `en`, `zh`, `de`, `fr`, `mixed` (Chinese with Latin words) or `digits`."""
    if language in ("en", "de", "fr"):
        return rng.choice({"en": _english, "de": _german, "fr": _french}[language](half))
    return {"zh": _chinese_sentence, "mixed": _mixed_sentence, "digits": _digits}[language](rng)
