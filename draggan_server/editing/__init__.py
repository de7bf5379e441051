"""The drag engine: pure torch, no sockets, no files.

    for step in drag(generator, w_plus, handle_points, target_points):
        ...                                     # DragStep: w+, tracked handles, loss

`edit` builds on it what a worker needs: samples, previews, saved states. What a layer is and how a
picture lies on it is the business of `draggan_server.layer`.
"""

from draggan_server.editing.drag import drag
from draggan_server.editing.problem import DragProblem, DragStep
from draggan_server.wire.drag_config import DragConfig

__all__ = ["DragConfig", "DragProblem", "DragStep", "drag"]
