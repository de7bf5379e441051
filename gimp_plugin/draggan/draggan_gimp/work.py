"""What GIMP's procedures do."""

from __future__ import annotations

from collections.abc import Sequence

from gi.repository import Gimp

from draggan_server.host.dialog.placing import add_picture
from draggan_server.host.dialog.scripts import done_for_script, new_picture
from draggan_server.host.forms.commands import DRAG, SAMPLE, Command
from draggan_server.host.layer_names import sample_name
from draggan_server.host.sentences import refusals, said
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import EditOpened

from .layers import GimpItem, SourceLayer, find_source, new_item


class Cancelled(Exception):
    """The user ended it; nothing was changed."""


def work(
    command: Command,
    procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    image: Gimp.Image | None,
    drawables: Sequence[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
) -> Gimp.Layer | str | None:
    """The layer that a procedure has made, if it makes one, or what it tells. Raises `Cancelled`,
    and errors of the wire."""
    # The dialogs' modules are not imported before: GTK needs a screen, which batch runs lack.
    if command.window is not None:
        if run_mode == Gimp.RunMode.NONINTERACTIVE:
            raise BadInput(refusals.ONLY_A_DIALOG)
        from .form_dialog import show

        show(command.window)
        return None
    if command is SAMPLE:
        return _new_picture(procedure, run_mode, image, config)
    source = find_source(image, drawables)
    made: SourceLayer | str | None
    if command is DRAG and run_mode == Gimp.RunMode.INTERACTIVE:
        from .drag_dialog import drag_in_dialog

        made = drag_in_dialog(source, config)
    else:
        progress = _Progress()
        made = done_for_script(command.name, source, config.get_property, progress.show)
        progress.end()
    if made is None:
        raise Cancelled
    return made if isinstance(made, str) else made.item.layer


class _Progress:
    """GIMP's progress bar. Its Cancel ends this process, which the daemon sees."""

    def __init__(self) -> None:
        self._begun = False

    def show(self, words: str, fraction: float) -> None:
        if not self._begun:
            Gimp.progress_init(words)
            self._begun = True
        Gimp.progress_set_text(words)
        Gimp.progress_update(fraction)

    def end(self) -> None:
        if self._begun:
            Gimp.progress_end()


def _new_picture(
    procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    image: Gimp.Image | None,
    config: Gimp.ProcedureConfig,
) -> Gimp.Layer:
    if image is not None and image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise BadInput(refusals.INDEXED)
    if run_mode == Gimp.RunMode.INTERACTIVE:
        from .sample_dialog import choose_picture

        opened = choose_picture(procedure, config)
        if opened is None:
            raise Cancelled
    else:
        Gimp.progress_init(tr(said.DRAWING))
        opened = new_picture(config.get_property)
    layer = _insert(image, sample_name(opened.model, config.get_property("seed")), opened)
    if image is None and run_mode != Gimp.RunMode.NONINTERACTIVE:
        Gimp.Display.new(layer.get_image())
    return layer


def _insert(image: Gimp.Image | None, name: str, opened: EditOpened) -> Gimp.Layer:
    """Into an image, above the selected layer, or into a new one, where it is no step of undo."""
    picture, new = opened.picture, image is None
    if image is None:
        image = Gimp.Image.new(picture.width, picture.height, Gimp.ImageBaseType.RGB)
        image.undo_disable()
    selected = image.get_selected_layers()
    item = new_item(image, name, picture.width, picture.height)
    above = GimpItem(image, selected[0]) if selected else None
    add_picture(item, above, (image.get_width(), image.get_height()), picture, opened.saved_state)
    if new:
        image.undo_enable()
    return item.layer
