"""The procedure `plug-in-draggan-drag`: points of a layer dragged to where they should be."""

from __future__ import annotations

from collections.abc import Sequence

from gi.repository import Gimp

from draggan_server.host import unattended
from draggan_server.host.corner_points import check_inside, to_layer
from draggan_server.host.kept_pairs import parse_pairs
from draggan_server.host.pairs import PointPair
from draggan_server.host.request import Request
from draggan_server.host.sentences import refusals, said
from draggan_server.host.translation import tr
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput

from .layers import SourceLayer, find_source, insert_dragged
from .outcome import Cancelled
from .paths import selected_pairs

WANTS = Gimp.ProcedureSensitivityMask.DRAWABLE


def drag(
    _procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: Sequence[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
) -> Gimp.Layer:
    source = find_source(image, drawables)
    if run_mode == Gimp.RunMode.INTERACTIVE:
        from .drag_dialog import drag_in_dialog  # GTK needs a screen, which batch runs lack

        layer = drag_in_dialog(source, selected_pairs(image), config)
        if layer is None:
            raise Cancelled
        return layer
    pairs = parse_pairs(config.get_property("points") or "[]") or _path_pairs(image)
    check_inside(pairs, source.offset, source.size)
    method, max_steps = config.get_property("method"), config.get_property("max-steps")
    request = Request(
        source,
        source.saved_state,
        source.pixels(),
        source.movable_mask(),
        tuple(to_layer(pairs, source.offset)),
        drag_config(method=method or drag_config().method, max_steps=max_steps),
    )
    layer = _drag(request, config.get_property("model") or "")
    Gimp.displays_flush()
    return layer


def show_progress(words: str, fraction: float) -> None:
    """In GIMP's progress bar."""
    Gimp.progress_set_text(words)
    Gimp.progress_update(fraction)


def _path_pairs(image: Gimp.Image) -> list[PointPair]:
    pairs = selected_pairs(image)
    if not pairs:
        raise BadInput(refusals.NO_POINTS_GIVEN)
    return pairs


def _drag(request: Request[SourceLayer], model: str) -> Gimp.Layer:
    """Do the drag with GIMP's progress bar. Its Cancel ends this process, which the daemon sees."""
    Gimp.progress_init(tr(said.DRAGGING))
    finished = unattended.drag(request, model, show_progress)
    Gimp.progress_end()
    return insert_dragged(request, finished.layer, finished.saved_state)
