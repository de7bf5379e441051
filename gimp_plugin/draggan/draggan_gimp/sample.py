"""The procedure `plug-in-draggan-sample`: a new picture drawn by a model, on a layer of its own."""

from __future__ import annotations

from collections.abc import Sequence

from gi.repository import Gimp, GObject

from draggan_server.host.forms.sample import MAX_SEED
from draggan_server.host.layer_names import sample_name
from draggan_server.host.sentences import refusals, said, tips, words
from draggan_server.host.translation import tr
from draggan_server.wire.client import Client
from draggan_server.wire.connector import connect
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    DEFAULT_PSI,
    EditOpened,
    ListModels,
    OpenEdit,
    SampleSource,
)

from .layers import insert_picture
from .outcome import Cancelled, answer

NAME = "plug-in-draggan-sample"


def create(plug_in: Gimp.PlugIn) -> Gimp.Procedure:
    procedure = Gimp.ImageProcedure.new(plug_in, NAME, Gimp.PDBProcType.PLUGIN, _run, None)
    procedure.set_image_types("RGB*, GRAY*")
    procedure.set_sensitivity_mask(
        Gimp.ProcedureSensitivityMask.DRAWABLE
        | Gimp.ProcedureSensitivityMask.DRAWABLES
        | Gimp.ProcedureSensitivityMask.NO_DRAWABLES
        | Gimp.ProcedureSensitivityMask.NO_IMAGE
    )
    procedure.set_menu_label(tr(words.MENU_NEW_PICTURE))
    procedure.add_menu_path("<Image>/Filters/DragGAN")
    procedure.set_documentation(tr(tips.SAMPLE_BLURB), tr(tips.SAMPLE_HELP), None)
    procedure.set_attribution(tr(words.AUTHORS), tr(words.MIT_LICENCE), "2026")
    both = GObject.ParamFlags.READWRITE
    # Wider than what is allowed: GIMP ignores a value out of range without an error, we answer.
    procedure.add_int_argument(
        "seed",
        tr(words.SEED),
        tr(tips.SEED_ARGUMENT, most=MAX_SEED),
        -(2**31),
        MAX_SEED,
        0,
        both,
    )
    procedure.add_double_argument(
        "truncation",
        tr(words.TRUNCATION),
        tr(tips.TRUNCATION_ARGUMENT),
        -1e6,
        1e6,
        DEFAULT_PSI,
        both,
    )
    procedure.add_string_argument(
        "model", tr(words.MODEL), tr(tips.SAMPLE_MODEL_ARGUMENT), "", both
    )
    procedure.add_layer_return_value("layer", tr(words.LAYER), tr(tips.NEW_LAYER), True, both)
    return procedure


def _run(
    procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    image: Gimp.Image | None,
    _drawables: Sequence[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    _data: object,
) -> Gimp.ValueArray:
    return answer(procedure, lambda: _work(procedure, run_mode, image, config))


def _work(
    procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    image: Gimp.Image | None,
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
        opened = _ask(config)
    name = sample_name(opened.model, config.get_property("seed"))
    layer = insert_picture(image, name, opened.picture, opened.saved_state)
    if image is None and run_mode != Gimp.RunMode.NONINTERACTIVE:
        Gimp.Display.new(layer.get_image())
    Gimp.displays_flush()
    return layer


def _ask(config: Gimp.ProcedureConfig) -> EditOpened:
    seed, psi = config.get_property("seed"), config.get_property("truncation")
    model = config.get_property("model") or ""
    # Refused before a daemon is started for it.
    SampleSource(model, seed, psi)
    Gimp.progress_init(tr(said.DRAWING))
    with connect() as client:
        if not model:
            model = default_model(client)
        with client.edit(OpenEdit(SampleSource(model, seed, psi))) as opened:
            return opened


def default_model(client: Client) -> str:
    """The name of the daemon's default model. Raises `BadInput` where no model is installed."""
    listed = client.ask(ListModels())
    if not listed.models:
        raise BadInput(refusals.NO_MODEL)
    return listed.models[0].name
