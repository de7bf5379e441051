"""The window of models: what it shows, what may be pressed, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from draggan_server.host.amounts import TimeLeft, left_words, size_words
from draggan_server.host.forms import library
from draggan_server.host.forms.form import Form, Look
from draggan_server.host.forms.library import LibraryForm
from draggan_server.host.forms.parts import Item
from draggan_server.host.link import Link
from draggan_server.wire.messages import (
    AddModel,
    AvailableModel,
    Catalogue,
    Failure,
    InstalledModel,
    ModelProgress,
    ModelReady,
    PrepareModel,
    PullModel,
)
from tests.protocol.linked import House, ScriptedErrand
from tests.protocol.test_drag_job import Connectors
from tests.scripted_host import Timer

OWN = InstalledModel(
    "toy-lion", "a lion", 256, 256, "CC0-1.0", "", "/shipped/toy", 26 * 10**6, False
)
MINE = replace(OWN, name="mine", path="/models/mine", size=90_000_000, removable=True)
LIONS = AvailableModel(
    "lions-512",
    "lions",
    512,
    512,
    "CC-BY-4.0",
    "Name the authors.",
    "https://cc",
    True,
    360 * 10**6,
)
BEGUN = replace(LIONS, arrived=90_000_000)
CATALOGUE = Catalogue("/models", 5_000_000_000, (OWN, MINE), (LIONS,))


class Window:
    def __init__(self, catalogue: Catalogue = CATALOGUE) -> None:
        self.house = House()
        self.house.catalogue = catalogue
        self.timer = Timer()
        self.form = Form()
        link = Link(self.timer.every, "the log", Connectors(self.house))
        self.library = LibraryForm(self.form, link)
        self.tick()

    def tick(self) -> None:
        for _ in range(3):
            self.house.pass_time(0.02)
            self.timer.tick()

    def look(self, item: Item) -> Look:
        return self.form.look(item)

    def act(self, item: Item, value: Any = None) -> None:
        assert self.look(item).enabled
        assert self.look(item).visible
        self.form.act(item, value)
        self.tick()

    def say(self, *events: Any) -> None:
        self.errand.events += events
        self.tick()

    @property
    def errand(self) -> ScriptedErrand:
        return self.house.errands[-1]

    @property
    def said(self) -> str:
        return self.look(library.SAID).label

    @property
    def shown(self) -> set[str]:
        """What may be pressed."""
        buttons = (
            *(library.DOWNLOAD, library.PREPARE, library.REMOVE, library.ADD, library.PAUSE),
            library.ACCEPT,
        )
        looks = {item.key: self.look(item) for item in buttons}
        return {key for key, look in looks.items() if look.visible and look.enabled}


@pytest.fixture
def window() -> Window:
    return Window()


def test_the_list_says_what_is_there_and_what_can_be_had(window: Window) -> None:
    entries = window.look(library.SHELF).entries
    assert [(entry.name, entry.about, entry.apart) for entry in entries] == [
        ("toy-lion", "a lion, 256 × 256 · 26 MB · CC0-1.0", False),
        ("mine", "a lion, 256 × 256 · 90 MB · CC0-1.0", False),
        ("lions-512", "lions, 512 × 512 · 360 MB · CC-BY-4.0", True),
    ]
    place = window.look(library.PLACE).label
    assert place == "Your models lie in /models. They take 90 MB; 5.0 GB are free."
    assert window.look(library.DETAILS).label == "It lies in /shipped/toy"
    assert window.shown == {"prepare", "add"}  # what comes with DragGAN stays


def test_a_licence_is_accepted_before_anything_is_downloaded(window: Window) -> None:
    window.act(library.SHELF, "lions-512")
    details = window.look(library.DETAILS).label
    assert details == "Name the authors.\nThe licence's text: https://cc"
    assert window.look(library.ACCEPT).label == "I accep_t the licence CC-BY-4.0"
    assert window.shown == {"accept", "add"}
    window.act(library.ACCEPT, True)
    assert window.shown == {"accept", "add", "download"}
    window.act(library.SHELF, "mine")
    window.act(library.SHELF, "lions-512")  # each time anew
    assert window.shown == {"accept", "add"}


def test_a_download_from_its_beginning_to_the_new_model(window: Window) -> None:
    window.act(library.SHELF, "lions-512")
    window.act(library.ACCEPT, True)
    window.act(library.DOWNLOAD)
    assert window.errand.errand == PullModel("lions-512", "CC-BY-4.0")
    assert window.shown == {"pause"}
    window.say(ModelProgress("downloading", 0.25, 90_000_000))
    progress = window.look(library.PROGRESS)
    assert (progress.visible, progress.fraction) == (True, 0.25)
    assert progress.label == "90 MB of 360 MB"
    window.say(ModelProgress("installing", 1.0, 360_000_000))
    assert window.look(library.PROGRESS).fraction is None
    new = replace(MINE, name="lions-512")
    window.house.catalogue = Catalogue("/models", 0, (OWN, MINE, new), ())
    window.say(ModelReady("lions-512", first_use=True))
    window.tick()
    assert window.said.startswith("“lions-512” is installed: ")
    assert "taken on trust" in window.said
    assert window.look(library.SHELF).value == "lions-512"
    assert window.shown == {"prepare", "remove", "add"}
    assert not window.look(library.PROGRESS).visible


def test_a_download_is_paused_and_goes_on(window: Window) -> None:
    window.act(library.SHELF, "lions-512")
    window.act(library.ACCEPT, True)
    window.act(library.DOWNLOAD)
    window.say(ModelProgress("downloading", 0.25, 90_000_000))
    window.house.catalogue = Catalogue("/models", 0, (OWN,), (BEGUN,))
    window.act(library.PAUSE)
    assert window.errand.stopped
    window.tick()
    assert window.said.startswith("Stopped.")
    assert window.look(library.DETAILS).label.endswith("90 MB of 360 MB are there already.")
    assert window.look(library.DOWNLOAD).label == "_Go on downloading"
    window.act(library.ACCEPT, True)
    window.act(library.DOWNLOAD)
    assert len(window.house.errands) == 2


def test_the_time_left_is_told_once_it_is_known() -> None:
    now = 0.0
    left = TimeLeft(lambda: now)
    assert left.words("downloading", 0.5) == ""  # half of it came at an earlier time
    now = 10.0
    assert left.words("downloading", 0.6) == "40 seconds left"
    assert left.words("installing", 0.1) == ""
    now = 20.0
    assert left.words("installing", 0.1) == ""  # it does not move
    now = 620.0
    assert left.words("installing", 0.2) == "81 minutes left"
    assert left_words(7300) == "2 hours left"
    assert [size_words(size) for size in (900, 2e6, 3.25e9)] == ["1 kB", "2 MB", "3.2 GB"]


def test_a_file_is_added_and_one_that_is_none_is_refused(window: Window) -> None:
    window.act(library.ADD, "")  # the user chose none
    assert not window.house.errands
    window.act(library.ADD, "/home/me/mine.pkl")
    assert window.errand.errand == AddModel("/home/me/mine.pkl")
    window.library.add("file:///other.pkl")  # one at a time
    assert len(window.house.errands) == 1
    window.say(Failure("bad-input", "It is none.", "“{name}” is none.", (("name", "mine"),)))
    assert window.said == "“mine” is none."
    assert window.look(library.SAID).warns
    assert "add" in window.shown


def test_a_model_is_fetched_from_a_web_address(window: Window) -> None:
    assert not window.look(library.FETCH).enabled
    window.act(library.ADDRESS, "mine.pkl")
    assert not window.look(library.FETCH).enabled
    window.form.press(library.ADDRESS.button)  # Enter does what the button would
    window.act(library.ADDRESS, " https://models.example/mine.pkl ")
    assert window.look(library.FETCH).enabled
    window.form.press(library.ADDRESS.button)
    window.tick()
    assert window.errand.errand == AddModel("https://models.example/mine.pkl")
    assert window.look(library.ADDRESS).value == ""
    assert not window.look(library.ADDRESS).enabled
    window.say(ModelReady("mine"))
    assert window.look(library.ADDRESS).enabled
    assert not window.look(library.FETCH).enabled


def test_a_model_is_prepared(window: Window) -> None:
    window.act(library.PREPARE)
    assert window.errand.errand == PrepareModel("toy-lion")
    window.say(ModelProgress("learning-photos", 0.5))
    assert window.look(library.PROGRESS).label == "Learning for photos: 50%"
    window.say(ModelReady("toy-lion"))
    assert window.said.startswith("“toy-lion” is prepared")


def test_a_model_is_removed_when_the_user_is_sure(window: Window) -> None:
    window.act(library.SHELF, "mine")
    window.act(library.REMOVE)
    assert window.look(library.REMOVE).label == "_Remove for good"
    assert window.house.removed == []
    window.act(library.SHELF, "toy-lion")
    window.act(library.SHELF, "mine")
    assert window.look(library.REMOVE).label == "_Remove"
    window.act(library.REMOVE)
    window.house.catalogue = replace(CATALOGUE, installed=(OWN,))
    window.act(library.REMOVE)
    assert window.house.removed == ["mine"]
    window.tick()
    assert window.said == "“mine” is removed."
    assert window.look(library.SHELF).value == "toy-lion"


def test_what_was_not_begun_yet_is_given_up_at_once(window: Window) -> None:
    stopped: list[Any] = []
    window.timer = Timer()
    link = Link(window.timer.every, "the log", Connectors(window.house))
    stop = link.request(AddModel("/a"), stopped.append)
    stop()
    window.tick()
    assert not window.house.errands
    assert stopped == []
