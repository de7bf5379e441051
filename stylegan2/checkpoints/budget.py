"""What reading one file may cost, however large its pickles claim to be."""

from __future__ import annotations

from stylegan2.errors import CheckpointError

MAX_STEPS = 1_000_000
"""Pickle operations. Each can claim some hundred bytes, so this bounds memory too."""

MAX_TEXT_BYTES = 64 << 20
"""All texts, which are copied out of the file. NVIDIA's networks carry source code: 50 KB each."""


class Budget:
    """Counted down over all pickles of a file, nested ones included."""

    def __init__(self) -> None:
        self._steps, self._text = MAX_STEPS, MAX_TEXT_BYTES

    def spend(self, steps: int = 1) -> None:
        """Operations: one for each that a pickle has, and for each item that it hands over."""
        self._steps -= steps
        if self._steps < 0:
            raise CheckpointError(
                "Its pickles take more than {most} operations, far more than any "
                "checkpoint needs: it is damaged, or made to exhaust the memory.",
                most=MAX_STEPS,
            )

    def spend_text(self, size: int) -> None:
        self._text -= size
        if self._text < 0:
            raise CheckpointError(
                "Its pickles hold more than {most} bytes of text, far more than "
                "any checkpoint needs: it is damaged, or made to exhaust the "
                "memory.",
                most=MAX_TEXT_BYTES,
            )
