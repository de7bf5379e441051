"""What another GIMP process finds in the file that `drag_cases` saved."""

from __future__ import annotations

from document import change, pixels, state
from drag_cases import CHIN_BOX, SIDE, drag, saved_file
from gi.repository import Gimp, Gio


def case_the_saved_layers_are_there_and_can_be_dragged_on() -> None:
    file = Gio.File.new_for_path(str(saved_file))
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file)
    dragged, source = image.get_layers()
    assert dragged.get_name() == "Dragged: toy-lion, seed 8"
    assert dragged.get_offsets() == source.get_offsets() == (True, 7, -5)
    assert state(source)["drags"] == []
    (record,) = state(dragged)["drags"]
    assert record["method"] == "newton"
    assert change(pixels(source), pixels(dragged), SIDE, CHIN_BOX) > 20

    x, y = (value + 0.5 for value in record["final_points"][0])
    answer = drag(image, dragged, [[x + 7, y - 5, x + 7, y - 5 - 12]])
    assert answer.ok, answer
    assert len(state(answer.layer)["drags"]) == 2
    assert change(pixels(dragged), pixels(answer.layer), SIDE, CHIN_BOX) > 3
