"""Digits as lines, so that no host needs a font for the numbers of points."""

from __future__ import annotations

from draggan_server.wire.state import Point


def _lines(text: str) -> tuple[tuple[Point, ...], ...]:
    """Points as two digits, column 0 to 4 and row 0 to 6, with spaces between lines."""
    return tuple(
        tuple((int(line[at]) / 4, int(line[at + 1]) / 6) for at in range(0, len(line), 2))
        for line in text.split()
    )


DIGITS = {
    digit: _lines(text)
    for digit, text in {
        "0": "103041453616050110",
        "1": "112026 1636",
        "2": "01103041420646",
        "3": "0110304142334445361605 2333",
        "4": "36300444",
        "5": "400002324345361605",
        "6": "4130100105163645443303",
        "7": "004016",
        "8": "130201103041423313 130405163645443313",
        "9": "4313020110304145361605",
    }.items()
}
"""The lines of each digit in a square of side 1, y downwards."""
