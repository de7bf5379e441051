"""What both hosts and the command line say in the same words."""

from __future__ import annotations

from collections.abc import Sequence

from draggan_server.host.progress import mean_distance
from draggan_server.wire.messages import DragFinished
from draggan_server.wire.state import Point

LOOKING_FOR_DAEMON = "Looking for the DragGAN daemon …"
STARTING_DAEMON = "Starting the DragGAN daemon …"
LOADING_MODEL = "Loading the model …"
PREPARING_MODEL = "Preparing the model …"
DRAGGING = "Dragging …"
STOPPING = "Stopping …"
CANCELLED = "The drag was cancelled; nothing was changed."
CLICK_TARGET = "Now click where it should go. A click on the same place, or Escape, gives it up."
UNDONE = "The result is undone. Press Start to drag the points again."
ALREADY_DRAGGING = "A drag is under way: stop or cancel it first."
NOT_DRAGGING = "No drag is under way."
NOTHING_TO_STOP = "No step of a drag is done yet that could be kept."
START_AGAIN = "Press Start to try again."
NEXT = {
    "arrived": "Move the targets to drag on. Edit > Undo takes the result back.",
    "max-steps": "Press Start to go on.",
    "stopped": "Press Start to go on.",
}
"""What can be done after a drag that ended for this reason."""
DOCUMENT_CLOSED = "The document was closed, so its drag was discarded."
STATE_IS_LOST = (
    "Merging layers and exporting to another format lose what a drag needs: keep the layer that "
    "DragGAN made, and save the image as XCF, KRA or ORA."
)
PAINT_REPLACED = "What you had painted on the part that moved was replaced."

_NOTHING_TO_DO = (
    "Every point is at its target already, or nearly so; nothing was changed: move the targets "
    "further away."
)
_NO_NEARER = "Drag less far, or let more of the picture move."
_STOPPED_EARLY = "Stopped before the first step; nothing was changed."


def fault_sentence(error: Exception, log_file: str) -> str:
    """For an error that nobody foresaw, once it is in the log."""
    return f"The DragGAN plug-in has a fault ({error!r}). {log_file} says more."


def layer_removed(name: str) -> str:
    """While its drag was under way."""
    return f"The layer “{name}” was removed, so its drag was discarded."


def end_sentence(finished: DragFinished, targets: Sequence[Point]) -> str:
    """How a drag ended, how near it came in the layer's pixels, and what of the layer it replaced.

    `targets` are in the layer's pixels.
    """
    if finished.steps == 0:
        return {
            "arrived": _NOTHING_TO_DO,
            "stalled": f"The points come no nearer; nothing was changed. {_NO_NEARER}",
            "lost": f"A point was not found again; nothing was changed. {_NO_NEARER}",
        }.get(finished.reason, _STOPPED_EARLY)
    took = f"after {_steps(finished.steps)} ({finished.seconds:.1f} s)"
    left = f"{mean_distance(finished.handle_points, targets):.1f} px"
    sentence = {
        "arrived": f"Arrived {took}, {left} from the target.",
        "stalled": f"The points come no nearer {took}, {left} to go. {_NO_NEARER}",
        "lost": (
            f"A point was not found again {took}: kept is the last picture that shows it, {left} "
            f"to go. {_NO_NEARER}"
        ),
        "max-steps": f"The limit of steps is reached {took}, {left} to go.",
        "stopped": f"Stopped {took}, {left} to go.",
    }.get(finished.reason, f"The drag ended {took}, {left} to go.")
    return f"{sentence} {PAINT_REPLACED}" if finished.paint_replaced else sentence


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"
