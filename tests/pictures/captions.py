"""Draws one caption: the ground, the letters on it, and what a camera and a codec do to both."""

import dataclasses
import importlib.util
import io
import pathlib

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

import materials


def _module(path):
    """By its path, as another one has its name."""
    specification = importlib.util.spec_from_file_location("samples", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


samples = _module(pathlib.Path(__file__).resolve().parent / "../../docs/samples/draw.py")

# Width and height of strips, px: the usual one, and others that videos have.
SIZES = [(666, 64), (666, 64), (666, 64), (640, 72), (854, 80), (960, 90), (1280, 104)]

_PALE = [(255, 255, 255), (250, 250, 245), (255, 255, 255), (255, 240, 60), (250, 220, 120), (200, 240, 255)]
_DARK = [(0, 0, 0), (8, 8, 12), (40, 20, 10), (10, 20, 60)]
_PAPERS = [((255, 255, 255), (0, 0, 0)), ((250, 245, 230), (40, 30, 20)), ((0, 0, 0), (255, 255, 255)),
           ((20, 30, 60), (240, 240, 200)), ((230, 230, 230), (120, 10, 10)), ((0, 70, 60), (255, 230, 90))]


@dataclasses.dataclass(frozen=True)
class Style:
    """How letters look. Lengths in px; colours RGB."""
    file: tuple
    size: int
    fill: tuple
    stroke: int
    stroke_fill: tuple
    shadow: int
    blur: float


def width_of(style, text):
    box = materials.font(style.file, style.size).getbbox(text, stroke_width=style.stroke)
    return box[2] - box[0]


def look_alike(style, text, other):
    """Whether the letters of both cover the same pixels, but for a fifth of a pixel."""
    font = materials.font(style.file, style.size)
    one, another = font.getmask(text), font.getmask(other)
    return one.size == another.size and all(abs(a - b) <= 51 for a, b in zip(bytes(one), bytes(another)))


def fitting(style, text, width):
    """The style with letters small enough that the text has room, or None where they would be illegible."""
    size = style.size
    while width_of(dataclasses.replace(style, size=size), text) > width * 0.94:
        size -= 1
        if size < 17:
            return None
    return dataclasses.replace(style, size=size)


def caption_style(half, language, height, rng):
    """Pale letters with a dark outline, a shadow or both, as subtitles have them."""
    size = round(height * rng.uniform(0.40, 0.58))
    outlined = rng.random() < 0.85
    return Style(materials.font_file(half, language, rng), size, rng.choice(_PALE),
                 max(1, round(size * rng.uniform(0.05, 0.13))) if outlined else 0, rng.choice(_DARK),
                 max(1, size // 14) if not outlined or rng.random() < 0.25 else 0, rng.choice([0, 0, 0.4, 0.6, 0.8]))


def frame_style(half, language, height, rng):
    """A caption's style. One of four has small letters, and one of five pale ones that are dim."""
    style = caption_style(half, language, height, rng)
    if rng.random() < 0.25:
        size = rng.randint(17, 20)
        style = dataclasses.replace(style, size=size, stroke=min(style.stroke, 2), shadow=min(style.shadow, 1),
                                    blur=min(style.blur, 0.4))
    if rng.random() < 0.2:
        style = dataclasses.replace(style, fill=tuple(v * 3 // 5 for v in style.fill))
    return style


def plain_style(half, language, height, fill, rng):
    """Letters of one colour, as on paper."""
    return Style(materials.font_file(half, language, rng), round(height * rng.uniform(0.36, 0.58)), fill, 0, fill, 0,
                 rng.choice([0, 0, 0.4, 0.6]))


def write(picture, text, style, centre):
    """Draws the text about `centre` (x, y) of a picture in RGB."""
    ink = Image.new("RGBA", picture.size)
    draw = ImageDraw.Draw(ink)
    font = materials.font(style.file, style.size)
    if style.shadow:
        # Without an outline it is a halo, as pale letters on a pale ground would not be legible otherwise.
        dark, wide = (0, 0, 0, 210), style.stroke or 2 * style.shadow
        draw.text((centre[0] + style.shadow, centre[1] + style.shadow), text, font=font, anchor="mm", fill=dark,
                  stroke_width=wide, stroke_fill=dark)
        ink = ink.filter(ImageFilter.GaussianBlur(style.shadow / 2))
        draw = ImageDraw.Draw(ink)
    draw.text(centre, text, font=font, anchor="mm", fill=style.fill, stroke_width=style.stroke,
              stroke_fill=style.stroke_fill)
    if style.blur:
        ink = ink.filter(ImageFilter.GaussianBlur(style.blur))
    picture.paste(ink, (0, 0), ink)


def photograph_crop(half, size, rng):
    """A part of a photograph, of any brightness, as behind a video's captions."""
    photograph = materials.photograph(half, rng)
    width, height = size
    scale = rng.uniform(0.6, 1.4) * min(1, photograph.width / width, photograph.height / height)
    part = (min(photograph.width, max(1, int(width * scale))), min(photograph.height, max(1, int(height * scale))))
    x, y = rng.randint(0, photograph.width - part[0]), rng.randint(0, photograph.height - part[1])
    crop = photograph.crop((x, y, x + part[0], y + part[1])).resize(size, Image.Resampling.BICUBIC)
    crop = ImageEnhance.Brightness(crop).enhance(rng.uniform(0.6, 1.25))
    return ImageEnhance.Contrast(crop).enhance(rng.uniform(0.8, 1.3))


def cluttered(half, size, rng):
    """Parts of several photographs side by side, with bright things over them."""
    picture = Image.new("RGB", size)
    x = 0
    while x < size[0]:
        part = photograph_crop(half, (rng.randint(60, 200), size[1]), rng)
        picture.paste(ImageEnhance.Contrast(part).enhance(1.5), (x, 0))
        x += part.width
    draw = ImageDraw.Draw(picture)
    for _ in range(size[0] // 14):
        x, y = rng.randrange(size[0]), rng.randrange(size[1])
        w, h = rng.randrange(4, 50), rng.randrange(3, 30)
        colour = tuple(rng.randrange(256) for _ in range(3))
        if rng.random() < 0.5:
            draw.ellipse((x, y, x + w, y + h), fill=colour)
        else:
            draw.line((x, y, x + w, y + rng.randrange(-h, h)), fill=colour, width=rng.randrange(1, 5))
    return picture


def noisy(picture, strength, rng):
    """With grain as a dim camera gives it, `strength` the largest deviation of 255."""
    grain = samples.noise(rng, picture.size, 1).point(lambda v: v * 2 * strength // 255)
    grain = Image.merge("RGB", [grain] * 3)
    return ImageChops.add(picture, grain, offset=-strength)


def jpeg(picture, quality, subsampling="4:2:0"):
    """The file's bytes."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, subsampling=subsampling)
    return out.getvalue()


def paper(rng):
    """A ground's colour and its letters'."""
    return rng.choice(_PAPERS)


def drawn(half, ground, language, rng):
    """A strip with one text: `ground` is `plain`, `samples`, `photo` or `clutter`. The picture, and its text."""
    width, height = rng.choice(SIZES)
    while True:
        text = materials.sentence(half, language, rng)
        if ground == "plain":
            field, fill = paper(rng)
            style = plain_style(half, language, height, fill, rng)
        else:
            style = caption_style(half, language, height, rng)
        if materials.can_show(style.file, text) and (style := fitting(style, text, width)):
            break
    if ground == "samples":
        bold = materials.font(style.file, 28 if language != "zh" else 32)
        if bold.getlength(text) < 630:
            return samples.caption(rng, text, bold), text
        ground = "photo"
    picture = {
        "plain": lambda: Image.new("RGB", (width, height), field),
        "photo": lambda: photograph_crop(half, (width, height), rng),
        "clutter": lambda: cluttered(half, (width, height), rng),
    }[ground]()
    write(picture, text, style, (width // 2 + rng.randint(-6, 6), height // 2 + rng.randint(-3, 3)))
    return picture, text
