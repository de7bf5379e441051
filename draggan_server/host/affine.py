"""Maps of the plane that keep straight lines: how a layer's pixels lie in a view of it."""

from __future__ import annotations

from dataclasses import dataclass

from draggan_server.wire.state import Point


@dataclass(frozen=True, slots=True)
class Affine:
    """x' = a x + c y + e, y' = b x + d y + f: the order in which Qt and SVG name the numbers."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    @classmethod
    def between(cls, before: tuple[int, int], after: tuple[int, int]) -> Affine:
        """From the pixels of a picture of a width and height to those of the same scaled."""
        across, down = after[0] / before[0], after[1] / before[1]
        return cls(a=across, d=down, e=(across - 1) / 2, f=(down - 1) / 2)

    def map(self, point: Point) -> Point:
        x, y = point
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def then(self, other: Affine) -> Affine:
        """The map that takes a point as this one does, and from there as the other does."""
        a, b, c, d = other.a, other.b, other.c, other.d
        e, f = other.map((self.e, self.f))
        return Affine(
            a * self.a + c * self.b,
            b * self.a + d * self.b,
            a * self.c + c * self.d,
            b * self.c + d * self.d,
            e,
            f,
        )

    def moved_first(self, dx: float, dy: float) -> Affine:
        """The map that moves a point by (dx, dy) before this one takes it."""
        e, f = self.map((dx, dy))
        return Affine(self.a, self.b, self.c, self.d, e, f)

    def inverted(self) -> Affine:
        """The inverse map. Raises ZeroDivisionError for a map that flattens the plane."""
        det = self.a * self.d - self.b * self.c
        a, b, c, d = self.d / det, -self.b / det, -self.c / det, self.a / det
        return Affine(a, b, c, d, -(a * self.e + c * self.f), -(b * self.e + d * self.f))

    @property
    def magnification(self) -> float:
        """How many times larger lengths become; the geometric mean where that differs by
        direction."""
        return float(abs(self.a * self.d - self.b * self.c) ** 0.5)
