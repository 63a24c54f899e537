"""Draws the picture of the sample digest, a harbour at sunrise: python docs/harbour.py. Equal every time."""

from __future__ import annotations

import math
import random
from pathlib import Path

from drawings import Colour, Point, between
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1200, 600
FINE = 2
"""Drawn this much larger, then made smaller, so that edges are smooth."""
HORIZON = 372
SUN: Point = (792, 330)
OUT = Path(__file__).parent.parent / "templates/email/digest/harbour.jpg"

SKY = ((31, 42, 68), (86, 78, 104), (196, 112, 92), (240, 170, 112), (250, 214, 160))
SEA = ((236, 176, 124), (150, 98, 100), (64, 58, 84), (27, 33, 54))
NAVY, NIGHT, DUSK = (24, 28, 46), (20, 23, 38), (70, 58, 80)
RED, CREAM, SAND = (163, 36, 27), (240, 230, 212), (214, 150, 84)
CARGO = (RED, CREAM, SAND, (58, 84, 112), (88, 110, 104))


class Pen:
    """Draws in pixels of the finished picture."""

    def __init__(self, image: Image.Image) -> None:
        self._draw = ImageDraw.Draw(image)

    def shape(self, points: list[Point], colour: Colour) -> None:
        self._draw.polygon([(x * FINE, y * FINE) for x, y in points], fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour, radius: float = 0) -> None:
        corners = [value * FINE for value in (left, top, right, bottom)]
        self._draw.rounded_rectangle(corners, radius * FINE, fill=colour)

    def line(self, points: list[Point], colour: Colour, width: float) -> None:
        self._draw.line(
            [(x * FINE, y * FINE) for x, y in points], fill=colour, width=round(width * FINE), joint="curve"
        )

    def disc(self, at: Point, radius: float, colour: Colour) -> None:
        self.box(at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius, colour, radius)

    def fade(self, top: int, bottom: int, colours: tuple[Colour, ...]) -> None:
        for y in range(top * FINE, bottom * FINE):
            at = (y / FINE - top) / (bottom - top) * (len(colours) - 1)
            step = min(int(at), len(colours) - 2)
            self._draw.line((0, y, WIDTH * FINE, y), fill=between(colours[step], colours[step + 1], at - step))


def main() -> None:
    dice = random.Random(412)  # noqa: S311 - waves and cargo, not secrets
    image = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE))
    pen = Pen(image)
    sky(pen)
    sea(pen, dice)
    headland(pen)
    lighthouse(image, pen)
    ship(pen, dice, (668, 368), 0.3, DUSK)
    ship(pen, dice, (262, 396), 1.15, NAVY)
    quay(pen)
    for x, y, size in ((470, 150, 9), (512, 172, 7), (640, 120, 8), (690, 196, 5)):
        gull = [(x - 2 * size, y - size * 0.6), (x, y), (x + 2 * size, y - size * 0.7)]
        pen.line(gull, CREAM, 2.4)
    image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(OUT, quality=85, progressive=True, optimize=True)


def sky(pen: Pen) -> None:
    """Night above, fire below, the sun half risen behind two rows of hills."""
    pen.fade(0, HORIZON, SKY)
    pen.disc(SUN, 74, (255, 236, 190))
    for y, left, right in ((120, 80, 430), (150, 240, 560), (196, 700, 1130), (232, 880, 1200), (262, 60, 300)):
        pen.box(left, y, right, y + 5, between(SKY[2], SKY[4], y / 300), 2.5)
    for base, tall, colour, phase, pace in (
        (362, 74, (168, 104, 100), 0.6, 0.0052),
        (368, 46, (112, 78, 92), 2.2, 0.0078),
    ):
        ridge = []
        for x in range(0, WIDTH + 1, 4):
            wave = 0.5 + 0.5 * math.sin(x * pace + phase)
            ridge.append((float(x), base - tall * wave * (0.55 + 0.45 * math.sin(x * pace * 2.3 + phase * 2))))
        pen.shape([(0, HORIZON), *ridge, (WIDTH, HORIZON)], colour)


def sea(pen: Pen, dice: random.Random) -> None:
    """Ripples, and the path of the sun, which widens towards us."""
    pen.fade(HORIZON, HEIGHT, SEA)
    for y in range(378, HEIGHT, 9):
        near = (y - HORIZON) / (HEIGHT - HORIZON)
        half = (50 + 120 * near) * dice.uniform(0.55, 1)
        for _ in range(int(1 + 4 * near)):
            wide, x = half * dice.uniform(0.25, 0.7), SUN[0] + dice.uniform(-half, half) * 0.8
            glint = between((255, 232, 184), (240, 160, 112), near)
            pen.box(x - wide / 2, y, x + wide / 2, y + 2 + 2 * near, glint, 1)
    for _ in range(120):
        x, y = dice.uniform(0, WIDTH), dice.uniform(384, 596)
        near = (y - HORIZON) / (HEIGHT - HORIZON)
        ripple = between((196, 140, 112), (52, 52, 80), near)
        pen.box(x, y, x + dice.uniform(14, 60) * (0.4 + near), y + 1.2 + near, ripple, 0.5)


def headland(pen: Pen) -> None:
    cliff: list[Point] = [(930, 378), (985, 346), (1060, 330), (1130, 318), (1200, 312), (1200, 394), (1010, 386)]
    pen.shape(cliff, (44, 40, 60))


def lighthouse(image: Image.Image, pen: Pen) -> None:
    middle, top, foot = 1092, 186, 326
    neck = top + 34

    def half(y: float) -> float:
        return 11 + 6 * (y - neck) / (foot - neck)

    for begin, end, colour in ((0, 1, CREAM), (0.2, 0.42, RED), (0.64, 0.86, RED)):
        upper, lower = neck + (foot - neck) * begin, neck + (foot - neck) * end
        sides: list[Point] = [(middle - half(upper), upper), (middle + half(upper), upper)]
        pen.shape([*sides, (middle + half(lower), lower), (middle - half(lower), lower)], colour)
    pen.box(middle - 16, neck - 5, middle + 16, neck, NAVY)
    pen.box(middle - 8, top + 10, middle + 8, neck - 5, (255, 226, 150))
    pen.shape([(middle - 12, top + 10), (middle, top - 4), (middle + 12, top + 10)], NAVY)
    beam = Image.new("L", image.size, 0)
    cone = [(middle - 8, top + 19), (-200, top - 130), (-200, top + 10)]
    ImageDraw.Draw(beam).polygon([(x * FINE, y * FINE) for x, y in cone], fill=46)
    image.paste((255, 240, 200), (0, 0), beam.filter(ImageFilter.GaussianBlur(10 * FINE)))


def ship(pen: Pen, dice: random.Random, at: Point, size: float, hull: Colour) -> None:
    """A freighter with its bridge aft and six bays of containers; `at` is the stern's upper corner."""

    def point(x: float, y: float) -> Point:
        return at[0] + x * size, at[1] + y * size

    def box(left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        pen.box(*point(left, top), *point(right, bottom), colour)

    pen.shape([point(0, 0), point(330, 0), point(318, 44), point(26, 44)], hull)
    box(14, 30, 322, 36, RED)
    box(18, -62, 58, 0, CREAM)
    box(12, -76, 64, -62, hull)
    box(26, -100, 38, -76, RED)
    box(26, -100, 38, -95, hull)
    for window in range(4):
        box(21 + window * 9, -52, 26 + window * 9, -44, (90, 90, 110))
    for bay in range(6):
        for tier in range(dice.choice((2, 3, 3, 4))):
            box(74 + bay * 33, -17 * (tier + 1), 104 + bay * 33, -17 * tier - 1, dice.choice(CARGO))
    pen.line([point(300, 0), point(300, -64)], hull, 4 * size)
    pen.line([point(300, -60), point(326, -4)], hull, 2 * size)
    for row in range(12):
        x, y = point(dice.uniform(10, 200), 46 + row * 5)
        shade = between(hull, (120, 86, 98), row / 12)
        pen.box(x, y, x + dice.uniform(40, 200) * size, y + 2.2 * size, shade, size)


def quay(pen: Pen) -> None:
    """The quay at the left with its crane, a crate on the hook."""
    pen.box(0, 430, 190, HEIGHT, NIGHT)
    pen.box(0, 424, 204, 436, (36, 38, 56))
    foot, head, leg, reach = 424, 162, 40, 280
    for x in (leg, leg + 46):
        pen.line([(x, foot), (x, head)], NIGHT, 6)
    pen.line([(leg, 293), (leg + 46, 293)], NIGHT, 5)
    pen.line([(leg, foot), (leg + 46, 293)], NIGHT, 3)
    pen.line([(leg - 50, head), (reach, head)], NIGHT, 8)
    pen.line([(leg - 50, head), (leg + 23, head - 54), (reach, head)], NIGHT, 3)
    pen.line([(leg + 23, head - 54), (leg + 23, head)], NIGHT, 6)
    pen.box(leg + 28, head + 4, leg + 48, head + 20, RED)
    pen.line([(213, head), (213, head + 76)], NIGHT, 2)
    pen.box(196, head + 76, 230, head + 94, SAND)


if __name__ == "__main__":
    main()
