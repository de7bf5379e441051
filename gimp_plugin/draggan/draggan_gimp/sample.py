"""The procedure `plug-in-draggan-sample`: a new picture drawn by a model, on a layer of its own."""

from __future__ import annotations

from collections.abc import Sequence

from gi.repository import Gimp, GObject

from draggan_server.wire.client import Client
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    DEFAULT_PSI,
    EditOpened,
    ListModels,
    OpenEdit,
    SampleSource,
)

from .layers import insert_picture
from .limits import MAX_SEED
from .outcome import Cancelled, answer

NAME = "plug-in-draggan-sample"
_BLURB = "Draw a picture by a model, ready to be dragged"
_HELP = (
    "Asks the DragGAN daemon for a picture and puts it on a new layer. The same model, seed and "
    "truncation give the same picture. The layer keeps what DragGAN needs to drag it, also in an "
    "XCF file."
)


def create(plug_in: Gimp.PlugIn) -> Gimp.Procedure:
    procedure = Gimp.ImageProcedure.new(plug_in, NAME, Gimp.PDBProcType.PLUGIN, _run, None)
    procedure.set_image_types("RGB*, GRAY*")
    procedure.set_sensitivity_mask(
        Gimp.ProcedureSensitivityMask.DRAWABLE
        | Gimp.ProcedureSensitivityMask.DRAWABLES
        | Gimp.ProcedureSensitivityMask.NO_DRAWABLES
        | Gimp.ProcedureSensitivityMask.NO_IMAGE
    )
    procedure.set_menu_label("_New picture...")
    procedure.add_menu_path("<Image>/Filters/DragGAN")
    procedure.set_documentation(_BLURB, _HELP, None)
    procedure.set_attribution("The DragGAN plug-in's authors", "MIT licence", "2026")
    both = GObject.ParamFlags.READWRITE
    # Wider than what is allowed: GIMP ignores a value out of range without an error, we answer.
    procedure.add_int_argument(
        "seed", "_Seed", "Which picture: 0 to 2147483647", -(2**31), MAX_SEED, 0, both
    )
    procedure.add_double_argument(
        "truncation",
        "_Truncation",
        "Variety: 0 is the model's average picture, 1 its full range (-2 to 2)",
        -1e6,
        1e6,
        DEFAULT_PSI,
        both,
    )
    procedure.add_string_argument(
        "model", "_Model", "Name of an installed model; empty: the default one", "", both
    )
    procedure.add_layer_return_value("layer", "Layer", "The new layer", True, both)
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
        raise BadInput(
            "The image has indexed colours, which cannot show the picture: change it by Image > "
            "Mode > RGB first."
        )
    if run_mode == Gimp.RunMode.INTERACTIVE:
        from .sample_dialog import choose_picture  # GTK needs a screen, which batch runs lack

        opened = choose_picture(procedure, config)
        if opened is None:
            raise Cancelled
    else:
        opened = _ask(config)
    name = f"{opened.model}, seed {config.get_property('seed')}"
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
    Gimp.progress_init("Drawing a picture")
    with Client.connect() as client:
        if not model:
            model = default_model(client)
        with client.edit(OpenEdit(SampleSource(model, seed, psi))) as opened:
            return opened


def default_model(client: Client) -> str:
    """The name of the daemon's default model. Raises `BadInput` where no model is installed."""
    listed = client.ask(ListModels())
    if not listed.models:
        raise BadInput("No model is installed: install DragGAN again, which brings one with it.")
    return listed.models[0].name
