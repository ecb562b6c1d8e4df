"""From the codes by which OCRmyPDF names languages, which are Tesseract's, to the hints of the service."""

from __future__ import annotations

from typing import Iterable, List

# BCP 47 has the shorter code where there is one (RFC 5646, 2.2.1). Others are passed on as they are.
_TAGS = {
    "afr": "af", "ara": "ar", "aze": "az", "bel": "be", "ben": "bn", "bul": "bg", "cat": "ca", "ces": "cs",
    "chi_sim": "zh-Hans", "chi_tra": "zh-Hant", "cym": "cy", "dan": "da", "deu": "de", "ell": "el", "eng": "en",
    "est": "et", "eus": "eu", "fas": "fa", "fin": "fi", "fra": "fr", "gle": "ga", "glg": "gl", "guj": "gu", "heb": "he",
    "hin": "hi", "hrv": "hr", "hun": "hu", "hye": "hy", "ind": "id", "isl": "is", "ita": "it", "jpn": "ja", "kan": "kn",
    "kat": "ka", "kor": "ko", "lat": "la", "lav": "lv", "lit": "lt", "mal": "ml", "mar": "mr", "mkd": "mk", "msa": "ms",
    "nep": "ne", "nld": "nl", "nor": "no", "pol": "pl", "por": "pt", "ron": "ro", "rus": "ru", "slk": "sk", "slv": "sl",
    "spa": "es", "sqi": "sq", "srp": "sr", "swa": "sw", "swe": "sv", "tam": "ta", "tel": "te", "tha": "th", "tur": "tr",
    "ukr": "uk", "urd": "ur", "vie": "vi",
}
# Tesseract's models for other things than a language.
_NO_LANGUAGES = frozenset(("osd", "equ"))


def hints_of(languages: Iterable[str]) -> List[str]:
    """In the order of their names: OCRmyPDF keeps a set, and the same file is to be the same job in every run."""
    return [_TAGS.get(code, code) for code in sorted(languages) if code not in _NO_LANGUAGES]
