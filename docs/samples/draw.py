#!/usr/bin/python3
"""Draws the sample pictures beside this file, and the text each of them shows.

Needs Debian's python3-pil, fonts-dejavu-core and fonts-wqy-zenhei. The seeds are fixed, so that a second run writes
the same bytes. A name that holds `-zh` asks for the language hint `zh`; the others need none.

    docs/samples/draw.py [DIRECTORY]
"""

import pathlib
import random
import sys

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

SANS = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
SANS_BOLD = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"
MONO = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
SERIF = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
SERIF_BOLD = "/usr/share/fonts/truetype/dejavu/DejaVuSerif-Bold.ttf"
CHINESE = "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"

# Picks the scenes. A shape that touches a letter can be read as a comma; with these scenes Tesseract 5.3 reads every
# caption as it was written.
SCENES = 8

ENGLISH_CAPTIONS = [
    "The last train leaves at midnight.",
    "Did you bring the map with you?",
    "We have been waiting since morning",
    "They say it will snow tomorrow.",
    "Three letters, and not one was signed.",
    "Turn left where the old bridge was",
    "She never wrote the number down.",
    "Half of the harvest was lost in 1987.",
    "Open the window before you go.",
    "Some doors should stay closed",
]

CHINESE_CAPTIONS = [
    "今天的天气真不错",
    "我们明天坐车去北京",
    "请把窗户打开好吗",
    "他在图书馆看书学习",
]

RECEIPT = """\
CORNER BAKERY
12 Mill Lane

2 Rye bread at 3.90
1 Apple cake at 3.40
3 Coffee at 2.75
1 Orange juice at 2.95

TOTAL EUR 22.40
CASH EUR 25.00
CHANGE EUR 2.60

Thank you, come again"""

LABEL = ["MOUNTAIN HONEY", "Raw and unfiltered", "Net weight 340 g", "Best before June 2027"]

PAGE_TITLE = "On Reading Slowly"
PAGE = [
    ["A page that is read twice is seldom the", "same page. The first time the eye runs", "ahead to learn what happens; the second",
     "time it stays with the words, and finds", "that they were chosen with care."],
    ["There is no hurry in a printed line. It waits", "for the reader through the winter, and it",
     "has the same thing to say in spring."],
]


def noise(rng, size, scale):
    """Grey noise whose grains are about `scale` pixels wide."""
    width, height = size[0] // scale + 2, size[1] // scale + 2
    grains = Image.frombytes("L", (width, height), rng.randbytes(width * height))
    return grains.resize((width * scale, height * scale), Image.Resampling.BICUBIC).crop((0, 0, *size))


def scene(rng, size):
    """A dim, blurred scene, as behind a video's subtitles: a wall or a sky, things before it, haze, film grain."""
    width, height = size
    tint = [rng.uniform(0.55, 1) for _ in range(3)]

    def colour(least, most):
        light = rng.uniform(least, most)
        return tuple(int(light * t * rng.uniform(0.8, 1.2)) for t in tint)

    slope = Image.linear_gradient("L").rotate(rng.choice([0, 90, 180, 270])).resize(size)
    picture = Image.composite(Image.new("RGB", size, colour(40, 80)), Image.new("RGB", size, colour(15, 50)), slope)
    things = ImageDraw.Draw(picture)
    for _ in range(16):
        x, y = rng.randrange(-60, width), rng.randrange(-40, height)
        w, h = rng.randrange(20, 160), rng.randrange(20, 90)
        kind = rng.randrange(3)
        if kind == 0:
            things.ellipse((x, y, x + w, y + h), fill=colour(10, 95))
        elif kind == 1:
            things.polygon([(x, y), (x + w, y + h // 3), (x + w // 2, y + h)], fill=colour(10, 95))
        else:
            things.line((x, y, x + w, y + h), fill=colour(10, 95), width=rng.randrange(3, 9))
    picture = picture.filter(ImageFilter.GaussianBlur(2))
    haze = Image.merge("RGB", [noise(rng, size, 23).point(lambda v: v * 30 // 255)] * 3)
    grain = Image.merge("RGB", [noise(rng, size, 1).point(lambda v: v * 18 // 255)] * 3)
    return ImageChops.add(ImageChops.add(picture, haze), grain, offset=-20)


def caption(rng, text, font, size=(666, 64)):
    """A strip of video with a subtitle: white, outlined dark, softened as a video's frame is."""
    picture = scene(rng, size)
    ink = Image.new("RGBA", size)
    ImageDraw.Draw(ink).text((size[0] // 2, size[1] // 2), text, font=font, anchor="mm", fill=(250, 250, 245, 255),
                             stroke_width=4, stroke_fill=(8, 8, 12, 255))
    ink = ink.filter(ImageFilter.GaussianBlur(0.5))
    picture.paste(ink, (0, 0), ink)
    return picture


def receipt(rng):
    lines = RECEIPT.split("\n")
    size = (400, 60 + 30 * len(lines))
    paper = noise(rng, size, 9).point(lambda v: 226 + v * 22 // 255)
    draw = ImageDraw.Draw(paper)
    font = ImageFont.truetype(MONO, 22)
    for row, line in enumerate(lines):
        draw.text((60, 30 + 30 * row), line, font=font, fill=40)
    return paper.rotate(0.6, Image.Resampling.BICUBIC, fillcolor=236).point(lambda v: v // 8 * 8)


def label(rng):
    size = (520, 300)
    picture = Image.composite(Image.new("RGB", size, (214, 158, 46)), Image.new("RGB", size, (236, 190, 92)),
                              noise(rng, size, 31))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((30, 30, 490, 270), 22, fill=(252, 244, 220), outline=(120, 70, 10), width=4)
    for row, (line, font) in enumerate(zip(LABEL, [(SERIF_BOLD, 36), (SERIF, 27), (SANS, 25), (SANS, 25)])):
        draw.text((260, 82 + 48 * row), line, font=ImageFont.truetype(*font), anchor="mm", fill=(70, 38, 6))
    return picture


def page(rng):
    """An upright page; it is stored lying on its side, with the EXIF orientation that sets it up again."""
    size = (620, 500)
    paper = noise(rng, size, 41).point(lambda v: 214 + v * 30 // 255)
    draw = ImageDraw.Draw(paper)
    draw.text((60, 40), PAGE_TITLE, font=ImageFont.truetype(SERIF_BOLD, 30), fill=30)
    y = 100
    for paragraph in PAGE:
        for line in paragraph:
            draw.text((60, y), line, font=ImageFont.truetype(SERIF, 23), fill=30)
            y += 36
        y += 20
    return paper


def main():
    where = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)

    def keep(name, picture, text, **options):
        picture.save(where / name, **options)
        (where / name).with_suffix(".txt").write_text(text + "\n", encoding="utf-8")

    for kind, texts, font in [("en", ENGLISH_CAPTIONS, ImageFont.truetype(SANS_BOLD, 28)),
                              ("zh", CHINESE_CAPTIONS, ImageFont.truetype(CHINESE, 38))]:
        for number, text in enumerate(texts, 1):
            name = f"caption-{kind}-{number:02}"
            keep(f"{name}.jpg", caption(random.Random(f"{SCENES} {name}"), text, font), text, quality=82)

    keep("receipt.png", receipt(random.Random("receipt")), RECEIPT, optimize=True)
    keep("label.webp", label(random.Random("label")), "\n".join(LABEL), quality=80)

    lying = Image.Exif()
    lying[0x0112] = 6
    keep("page.jpg", page(random.Random("page")).transpose(Image.Transpose.ROTATE_90),
         "\n\n".join([PAGE_TITLE, *("\n".join(paragraph) for paragraph in PAGE)]), quality=75, exif=lying)


if __name__ == "__main__":
    main()
