"""Draws the picture of the sample article about Ollersand: python docs/drawings.py. Equal every time."""

from __future__ import annotations

import math
import random
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1200, 675
FINE = 2
"""Drawn this much larger, then made smaller, so that edges are smooth."""
OUT = Path(__file__).parent.parent / "examples" / "articles" / "ollersand-churchyard.jpg"

Point = tuple[float, float]
Colour = tuple[int, int, int]


def main() -> None:
    dice = random.Random(602)  # noqa: S311 - stones and spray, not secrets
    image = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE))
    pen = ImageDraw.Draw(image)
    sky(pen)
    sea(image, dice)
    pen = ImageDraw.Draw(image)
    turf(pen, dice)
    wall(pen, dice)
    for at, tall, wide, lean in ((120, 150, 84, -4), (300, 108, 70, 3), (880, 132, 78, -2), (1050, 178, 92, 5)):
        stone(pen, at, tall, wide, lean)
    image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(OUT, quality=82, progressive=True, optimize=True)


def scaled(points: list[Point]) -> list[Point]:
    return [(x * FINE, y * FINE) for x, y in points]


def between(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def sky(pen: ImageDraw.ImageDraw) -> None:
    for y in range(300 * FINE):
        pen.line((0, y, WIDTH * FINE, y), fill=between((116, 134, 150), (232, 214, 190), (y / (300 * FINE)) ** 1.5))


def sea(image: Image.Image, dice: random.Random) -> None:
    """Swell that lightens towards the beach, and three rows of breakers with their spray."""
    pen = ImageDraw.Draw(image)
    for y in range(290 * FINE, 545 * FINE):
        share = (y / FINE - 290) / 255
        pen.line((0, y, WIDTH * FINE, y), fill=between((58, 84, 98), (122, 146, 146), share))
    for row in range(26):
        y = 296 + row * row * 0.2
        for _ in range(14):
            x, length = dice.uniform(-50, WIDTH), dice.uniform(30, 120) * (0.4 + row / 20)
            pen.line(scaled([(x, y), (x + length, y + dice.uniform(-1, 1))]), fill=(84, 110, 122), width=FINE)
    spray = Image.new("L", image.size, 0)
    brush = ImageDraw.Draw(spray)
    for base, tall, strength in ((352, 10, 170), (388, 24, 215), (436, 46, 250)):
        crest: list[Point] = []
        for x in range(-20, WIDTH + 40, 12):
            wave = math.sin(x / 97 + base) + 0.6 * math.sin(x / 41 + base * 2)
            crest.append((x, base - tall * (0.55 + 0.3 * wave) - dice.uniform(0, tall * 0.22)))
        foot = [(x, base + tall * 0.35 + 5 * math.sin(x / 60)) for x, _ in reversed(crest)]
        brush.polygon(scaled(crest + foot), fill=strength)
        for _ in range(tall * 14):
            x, y = dice.choice(crest)
            x, y, size = x + dice.uniform(-9, 9), y - dice.expovariate(1 / (tall * 0.28)), dice.uniform(0.6, 2.6)
            brush.ellipse(scaled([(x, y), (x + size, y + size)]), fill=strength)
    spray = spray.filter(ImageFilter.GaussianBlur(1.6 * FINE))
    image.paste((240, 240, 234), (0, 0), spray)


def turf(pen: ImageDraw.ImageDraw, dice: random.Random) -> None:
    pen.rectangle((0, 540 * FINE, WIDTH * FINE, HEIGHT * FINE), fill=(70, 80, 52))
    for _ in range(5200):
        x, y = dice.uniform(0, WIDTH), dice.uniform(545, HEIGHT + 12)
        tall = dice.uniform(5, 17) * (y - 480) / 190
        shade = between((54, 64, 40), (128, 128, 78), dice.random() ** 2)
        pen.line(scaled([(x, y), (x + dice.uniform(-4, 7), y - tall)]), fill=shade, width=FINE)


def wall(pen: ImageDraw.ImageDraw, dice: random.Random) -> None:
    """Courses of field stones, a gap where the storm took some."""
    for course in range(5):
        y, x = 468 + course * 19, -dice.uniform(0, 40)
        while x < WIDTH:
            wide = dice.uniform(30, 66)
            fallen = 596 < x + wide / 2 < 716 and course < 4 - abs(x + wide / 2 - 656) // 26
            if not fallen:
                pen.rectangle([value * FINE for value in (x, y, x + wide, y + 20)], fill=(58, 56, 48))
                grey = between((96, 92, 84), (158, 150, 136), dice.random() * 0.8 + (0.2 if course == 0 else 0))
                box = (x, y + dice.uniform(-2, 2), x + wide - 2, y + 18)
                pen.rounded_rectangle([value * FINE for value in box], radius=6 * FINE, fill=grey, outline=(66, 62, 54))
            x += wide
    for x, y in ((618, 560), (668, 572), (702, 556), (640, 580)):
        pen.rounded_rectangle([v * FINE for v in (x, y, x + 34, y + 17)], radius=7 * FINE, fill=(112, 106, 96))


def stone(pen: ImageDraw.ImageDraw, at: int, tall: int, wide: int, lean: int) -> None:
    """A gravestone with a round head, leaning by that many degrees."""
    foot, slope = 640, math.tan(math.radians(lean))
    outline: list[Point] = [(at, foot), (at + slope * tall, foot - tall)]
    for degrees in range(180, -1, -10):
        turn = math.radians(degrees)
        middle = at + slope * tall + wide / 2
        outline.append((middle + math.cos(turn) * wide / 2, foot - tall - math.sin(turn) * wide * 0.42))
    outline.append((at + wide, foot))
    pen.polygon(scaled([(x + 7, y) for x, y in outline]), fill=(46, 48, 44))
    pen.polygon(scaled(outline), fill=(88, 90, 86))
    for line in range(3):
        y = foot - tall + 14 + line * 17
        inset = wide * (0.24 + 0.08 * (line % 2))
        shift = slope * (foot - y)
        pen.line(scaled([(at + inset + shift, y), (at + wide - inset + shift, y)]), fill=(64, 66, 62), width=3 * FINE)


if __name__ == "__main__":
    main()
