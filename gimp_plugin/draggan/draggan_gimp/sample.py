"""The procedure `plug-in-draggan-sample`: a new picture drawn by a model, on a layer of its own."""

from __future__ import annotations

from collections.abc import Sequence

from gi.repository import Gimp

from draggan_server.host import unattended
from draggan_server.host.layer_names import sample_name
from draggan_server.host.sentences import refusals, said
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import EditOpened

from .layers import insert_picture
from .outcome import Cancelled

WANTS = (
    Gimp.ProcedureSensitivityMask.DRAWABLE
    | Gimp.ProcedureSensitivityMask.DRAWABLES
    | Gimp.ProcedureSensitivityMask.NO_DRAWABLES
    | Gimp.ProcedureSensitivityMask.NO_IMAGE
)


def draw(
    procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    image: Gimp.Image | None,
    _drawables: Sequence[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
) -> Gimp.Layer:
    if image is not None and image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise BadInput(refusals.INDEXED)
    if run_mode == Gimp.RunMode.INTERACTIVE:
        from .sample_dialog import choose_picture  # GTK needs a screen, which batch runs lack

        opened = choose_picture(procedure, config)
        if opened is None:
            raise Cancelled
    else:
        opened = _draw(config)
    name = sample_name(opened.model, config.get_property("seed"))
    layer = insert_picture(image, name, opened.picture, opened.saved_state)
    if image is None and run_mode != Gimp.RunMode.NONINTERACTIVE:
        Gimp.Display.new(layer.get_image())
    Gimp.displays_flush()
    return layer


def _draw(config: Gimp.ProcedureConfig) -> EditOpened:
    Gimp.progress_init(tr(said.DRAWING))
    model, seed = config.get_property("model") or "", config.get_property("seed")
    psi, mixture = config.get_property("truncation"), config.get_property("mixture") or ""
    return unattended.draw(model, seed, psi, mixture)
