"""Point pairs on the command line: X,Y:X,Y."""

from __future__ import annotations

import click

from draggan_server.wire.state import Point

PointPair = tuple[Point, Point]


class PointPairType(click.ParamType[PointPair]):
    """A handle point and its target point, (x, y) pixels, 0 the centre of the first pixel."""

    name = "X,Y:X,Y"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> PointPair:
        ends = [end.split(",") for end in str(value).split(":")]
        try:
            (hx, hy), (tx, ty) = [[float(number) for number in end] for end in ends]
        except ValueError:
            self.fail(
                f"{value!r} is not a point pair. Write the handle, a colon and the target in "
                "pixels, such as 64,90:64,104.",
                param,
                ctx,
            )
        return (hx, hy), (tx, ty)
