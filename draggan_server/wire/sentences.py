"""What both hosts and the command line say at the end of a drag."""

from __future__ import annotations

from draggan_server.wire.messages import DragFinished

PAINT_REPLACED = "What you had painted on the part that moved was replaced."


def with_losses(sentence: str, finished: DragFinished) -> str:
    """A drag's last sentence, and what of the layer was lost by it."""
    return f"{sentence} {PAINT_REPLACED}" if finished.paint_replaced else sentence
