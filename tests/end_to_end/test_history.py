"""`draggan history` against a real daemon: what was dragged, and back to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from draggan_server.files.picture import Picture, read_picture, write_photo
from draggan_server.wire.state import EditState
from tests.end_to_end.work import Work, place_to_work


class Drags(Work):
    """A folder with a lion and what two drags made of it, and the command."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        super().__init__(folder, environment)
        self.run("sample", "--seed", 5, "-o", "lion.png")
        mask = Image.new("L", (256, 256))
        mask.paste(255, (60, 140, 196, 240))
        mask.save(folder / "mask.png")
        held = ("--mask", "mask.png", "--max-steps", 3)
        self.run("drag", "lion.png", "--point", "128,180:128,196", *held, "-o", "one.png")
        ear = ("--point", "70,60:60,50", "--max-steps", 2)
        self.run("drag", "one.png", *ear, "-o", "two.png")

    def picture(self, name: str) -> Picture:
        return read_picture(self.folder / name)

    def off(self, name: str, other: str) -> int:
        """The greatest difference between two pictures."""
        a, b = (np.asarray(self.picture(n).image, int) for n in (name, other))
        return int(np.abs(a - b).max())


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drags]:
    with place_to_work(tmp_path_factory) as (folder, environment):
        yield Drags(folder, environment)


def test_the_drags_are_listed(work: Drags) -> None:
    lines = work.run("history", "two.png").splitlines()
    assert lines == [
        "Drawn by toy-lion: seed 5, truncation 0.7.",
        "  0  start",
        "  1  drag 1: 1 point, newton, 3 steps",
        "  2  drag 2: 1 point, newton, 2 steps  <- shown",
    ]


def test_history_draws_a_sheet_of_thumbnails(work: Drags) -> None:
    said = work.run("history", "two.png", "-o", "sheet.png")
    assert said.endswith("sheet.png: 3 pictures.\n")
    sheet = np.asarray(Image.open(work.folder / "sheet.png").convert("RGB"), int)
    squares = [sheet[8:72, 8 + 72 * n : 72 + 72 * n] for n in range(3)]
    lion = work.picture("lion.png").image.convert("RGB").resize((64, 64), Image.Resampling.BOX)
    assert np.abs(squares[0] - np.asarray(lion, int)).mean() < 6
    assert np.abs(squares[1] - squares[0]).max() > 30
    assert np.abs(squares[2] - squares[1]).max() > 30


def test_going_back_and_forward_again(work: Drags) -> None:
    said = work.run("history", "two.png", "--go-back", 1, "-o", "back.png")
    assert said == "back.png: as it was after drag 1.\n"
    assert work.off("back.png", "one.png") <= 2
    assert work.off("back.png", "two.png") > 30
    said = work.run("history", "back.png", "--go-back", 0, "-o", "start.ora")
    assert said == "start.ora: as it was before all drags.\n"
    assert work.off("start.ora", "lion.png") <= 2
    assert "start  <- shown" in work.run("history", "start.ora")
    work.run("history", "start.ora", "--go-back", 2, "-o", "forward.png")
    assert work.off("forward.png", "two.png") <= 3


def test_what_the_undone_drag_held_stays_bit_for_bit(work: Drags) -> None:
    """The mask of drag 1 is remembered: going before it changes nothing outside."""
    work.run("history", "one.png", "--go-back", 0, "-o", "unheld.png")
    held = np.asarray(Image.open(work.folder / "mask.png")) == 0
    before, after = (np.asarray(work.picture(n).image) for n in ("one.png", "unheld.png"))
    assert (before[held] == after[held]).all()
    assert (before[~held] != after[~held]).any()


def test_a_drag_after_going_back_drags_what_is_seen(work: Drags) -> None:
    work.run("history", "two.png", "--go-back", 1, "-o", "back.png")
    chin = ("--point", "128,196:128,188", "--max-steps", 1)
    for source, result in (("back.png", "a.png"), ("one.png", "b.png")):
        work.run("drag", source, *chin, "-o", result)
    a, b = (EditState.from_json(work.picture(name).saved_state) for name in ("a.png", "b.png"))
    assert a.w_plus == b.w_plus
    assert [drag.steps for drag in a.drags] == [3, 1]
    assert work.off("a.png", "b.png") <= 3


def test_what_cannot_be_done_is_said(work: Drags) -> None:
    assert "no drag 3" in work.refused("history", "two.png", "--go-back", 3, "-o", "x.png")
    assert "needs -o" in work.refused("history", "two.png", "--go-back", 1)
    assert "must end in one of .png" in work.refused("history", "two.png", "-o", "x.ora")
    assert "carries no DragGAN state" in work.refused("history", "mask.png")
    damaged = work.picture("two.png")
    state = damaged.saved_state.replace('"position":2', '"position":7')
    write_photo(work.folder / "damaged.png", Picture(damaged.image, state))
    assert "at drag 7 of 2: it is damaged" in work.refused("history", "damaged.png")
    assert not (work.folder / "x.png").exists()
