"""The procedures for scripts alone: `plug-in-draggan-invert`, `-history` and `-info`."""

from __future__ import annotations

from collections.abc import Sequence

from gi.repository import Gimp

from draggan_server.host import unattended
from draggan_server.host.account import account
from draggan_server.host.corner_points import to_image
from draggan_server.host.photo import PhotoRequest
from draggan_server.host.request import Return
from draggan_server.host.sentences import refusals, said
from draggan_server.host.settings import QUALITIES
from draggan_server.host.translation import tr
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput

from .drag import show_progress
from .layers import find_source, insert_dragged


def invert(
    _procedure: Gimp.Procedure,
    _run_mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: Sequence[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
) -> str:
    photo = find_source(image, drawables).as_photo()
    quality = config.get_property("quality") or "normal"
    if quality not in QUALITIES:
        raise BadInput(refusals.NO_QUALITY, quality=quality, qualities=", ".join(QUALITIES))
    model = config.get_property("model") or ""
    Gimp.progress_init(tr(said.SEEING))
    state = unattended.recognise(
        PhotoRequest(photo, model, photo.pixels(), photo.movable_mask(), quality), show_progress
    )
    Gimp.progress_end()
    photo.check_there()
    photo.keep_state(state)
    return _account_of(image, photo.layer)


def go_back(
    _procedure: Gimp.Procedure,
    _run_mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: Sequence[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
) -> Gimp.Layer:
    source = find_source(image, drawables)
    source.check_known()
    request = Return(
        source,
        source.saved_state,
        source.pixels(),
        None,
        (),
        drag_config(),
        position=config.get_property("position"),
    )
    went = unattended.go_back(request)
    layer = insert_dragged(request, went.layer, went.saved_state, source.kept_pairs())
    Gimp.displays_flush()
    return layer


def tell(
    _procedure: Gimp.Procedure,
    _run_mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: Sequence[Gimp.Drawable],
    _config: Gimp.ProcedureConfig,
) -> str:
    return _account_of(image, *drawables)


def _account_of(image: Gimp.Image, *drawables: Gimp.Drawable) -> str:
    """Points are in image coordinates, as a script gives them."""
    source = find_source(image, drawables)
    return account(source.saved_state, to_image(source.kept_pairs(), source.offset))
