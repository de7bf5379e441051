"""The procedure `plug-in-draggan-drag`: points of a layer dragged to where they should be."""

from __future__ import annotations

from collections.abc import Sequence

from gi.repository import Gimp, GObject

from draggan_server.host import settings
from draggan_server.host.corner_points import check_inside, to_layer
from draggan_server.host.endings import end_sentence
from draggan_server.host.kept_pairs import parse_pairs
from draggan_server.host.pairs import PointPair
from draggan_server.host.photo import PhotoRequest
from draggan_server.host.progress import DragMeter
from draggan_server.host.request import Request
from draggan_server.host.sentences import refusals, said, tips, words
from draggan_server.host.translation import tr
from draggan_server.wire.connector import connect
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import DragFrame, DragProgress, OpenEdit, SavedState

from .layers import SourceLayer, find_source, insert_dragged, movable_mask
from .outcome import Cancelled, answer
from .paths import selected_pairs
from .pixels import read_rgba

NAME = "plug-in-draggan-drag"

_DEFAULTS = drag_config()


def create(plug_in: Gimp.PlugIn) -> Gimp.Procedure:
    procedure = Gimp.ImageProcedure.new(plug_in, NAME, Gimp.PDBProcType.PLUGIN, _run, None)
    procedure.set_image_types("RGB*, GRAY*")
    procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
    procedure.set_menu_label(tr(words.MENU_DRAG))
    procedure.add_menu_path("<Image>/Filters/DragGAN")
    procedure.set_documentation(tr(tips.DRAG_BLURB), tr(tips.DRAG_HELP), None)
    procedure.set_attribution(tr(words.AUTHORS), tr(words.MIT_LICENCE), "2026")
    both = GObject.ParamFlags.READWRITE
    procedure.add_string_argument("points", tr(words.POINTS), tr(tips.POINTS_ARGUMENT), "[]", both)
    procedure.add_string_argument("model", tr(words.MODEL), tr(tips.DRAG_MODEL_ARGUMENT), "", both)
    procedure.add_string_argument(
        "method", tr(words.METHOD), tr(tips.METHOD_ARGUMENT), _DEFAULTS.method, both
    )
    # Wider than what is allowed: GIMP ignores a value out of range without an error, we answer.
    procedure.add_int_argument(
        "max-steps",
        tr(words.MAX_STEPS),
        tr(tips.MAX_STEPS),
        -(2**31),
        2**31 - 1,
        _DEFAULTS.max_steps,
        both,
    )
    procedure.add_layer_return_value("layer", tr(words.LAYER), tr(tips.NEW_LAYER), True, both)
    return procedure


def _run(
    procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: Sequence[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    _data: object,
) -> Gimp.ValueArray:
    return answer(procedure, lambda: _work(run_mode, image, drawables, config))


def _work(
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
    model = _model_of(source, config.get_property("model") or "")
    pairs = parse_pairs(config.get_property("points") or "[]") or _path_pairs(image)
    check_inside(pairs, source.offset, source.size)
    request = Request(
        source,
        source.saved_state,
        read_rgba(source.layer, source.region),
        movable_mask(source),
        tuple(to_layer(pairs, source.offset)),
        drag_config(
            method=config.get_property("method") or _DEFAULTS.method,
            max_steps=config.get_property("max-steps"),
        ),
    )
    layer = _drag(request, _opening(request, model))
    Gimp.displays_flush()
    return layer


def _model_of(source: SourceLayer, model: str) -> str:
    """The model that drew the layer, or that is to show it. Raises `BadInput` where `model` is
    another one, or none."""
    if not source.saved_state and not model:
        raise BadInput(refusals.NO_MODEL_NAMED, name=source.name)
    if source.saved_state and model not in ("", source.model):
        raise BadInput(refusals.OTHER_MODEL, name=source.name, drawn_by=source.model, model=model)
    return source.model or model


def _opening(request: Request[SourceLayer], model: str) -> OpenEdit:
    source = request.layer
    if source.saved_state:
        return OpenEdit(SavedState(source.saved_state))
    quality = settings.load().quality
    return PhotoRequest(source, model, request.pixels, request.movable_mask, quality).message()


def _path_pairs(image: Gimp.Image) -> list[PointPair]:
    pairs = selected_pairs(image)
    if not pairs:
        raise BadInput(refusals.NO_POINTS_GIVEN)
    return pairs


def _drag(request: Request[SourceLayer], opening: OpenEdit) -> Gimp.Layer:
    """Do the drag with GIMP's progress bar. Its Cancel ends this process, which the daemon sees."""
    meter = DragMeter(request.targets)

    def show(event: DragProgress | DragFrame) -> None:
        if isinstance(event, DragProgress):
            Gimp.progress_set_text(meter.take(event))
            Gimp.progress_update(meter.fraction)

    Gimp.progress_init(tr(said.DRAGGING))
    with connect() as client, client.edit(opening) as edit:
        finished = client.drag(request.message(edit), show)
    Gimp.progress_end()
    if finished.steps == 0:
        raise BadInput(end_sentence(finished, request.targets))
    return insert_dragged(request, finished.layer, finished.saved_state)
