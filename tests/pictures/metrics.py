"""How far what was read is from what is there."""

import dataclasses

# The forms that East Asian fonts give to ASCII, and quotes of any slope: in a picture they look the same.
_FOLDED = {0x3000: " ", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', **{c + 0xFEE0: c for c in range(0x21, 0x7F)}}


def normalised(text):
    """With one space for each run of white space, none at the ends, and ASCII for its full-width forms."""
    return " ".join(text.translate(_FOLDED).split())


def distance(truth, reading):
    """Levenshtein's: insertions, deletions and replacements."""
    row = list(range(len(reading) + 1))
    for i, wanted in enumerate(truth, 1):
        before, row[0] = row[0], i
        for j, got in enumerate(reading, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (wanted != got))
    return row[-1]


def right_characters(truth, reading):
    """Of every character of the reading, whether it is in the truth at its place, in an alignment of the least
    distance; and how many characters of the truth it has nothing for."""
    rows = [list(range(len(reading) + 1))]
    for i, wanted in enumerate(truth, 1):
        row = [i]
        for j, got in enumerate(reading, 1):
            row.append(min(rows[-1][j] + 1, row[j - 1] + 1, rows[-1][j - 1] + (wanted != got)))
        rows.append(row)
    right, missed = [False] * len(reading), 0
    i, j = len(truth), len(reading)
    while i or j:
        if i and j and rows[i][j] == rows[i - 1][j - 1] + (truth[i - 1] != reading[j - 1]):
            i, j = i - 1, j - 1
            right[j] = truth[i] == reading[j]
        elif i and rows[i][j] == rows[i - 1][j] + 1:
            i, missed = i - 1, missed + 1
        else:
            j -= 1
    return right, missed


@dataclasses.dataclass
class Score:
    """What a set came to. `found` counts the readings with any text of pictures that have none."""
    pictures: int = 0
    characters: int = 0
    errors: int = 0
    exact: int = 0
    empty: int = 0
    found: int = 0

    def add(self, truth, reading):
        truth, reading = normalised(truth), normalised(reading)
        self.pictures += 1
        self.characters += len(truth)
        self.errors += distance(truth, reading)
        self.exact += truth == reading
        self.empty += not truth
        self.found += bool(reading and not truth)

    def error_rate(self):
        """The character error rate (CER), or None where there are no characters."""
        return self.errors / self.characters if self.characters else None
