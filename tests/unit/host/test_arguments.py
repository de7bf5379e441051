"""The settings of a new picture and the arguments of a procedure follow each other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from draggan_server.host import settings
from draggan_server.host.forms.arguments import SampleArguments
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.models import MODEL
from draggan_server.host.forms.sample import SEED, TRUNCATION, SampleForm
from draggan_server.host.link import Link, Stop
from draggan_server.host.settings import Settings
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from draggan_server.wire.messages import MAX_PSI, EditOpened, Event, ModelInfo, ModelList, Pixels

PICTURE = Pixels(16, 16, 4, bytes(16 * 16 * 4))
MODELS = ModelList(
    (ModelInfo("lion", "lions", 256, 256, "MIT"), ModelInfo("cat", "cats", 64, 64, "MIT"))
)


class Daemon:
    """A link whose daemon answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[Callable[[Event], None]] = []

    def every(self, _milliseconds: int, _tick: Stop) -> Stop:
        return lambda: None

    def request(self, _message: Any, on_event: Callable[[Event], None]) -> Stop:
        self.asked.append(on_event)
        return lambda: None


class Procedure:
    """Arguments that tell of each change, as GIMP's do."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {"model": "", "seed": 5, "truncation": 0.7, "mixture": ""}
        self.form, self.daemon = Form(), Daemon()
        self.told = 0
        self.sample = SampleForm(
            self.form,
            cast(Link, self.daemon),
            Settings("cat", 0.5),
            lambda _picture: None,
            lambda _sentence, _warns: None,
        )
        self.arguments: SampleArguments | None = None
        self.arguments = SampleArguments(
            self, self.form, self.sample, Settings("cat", 0.5), self._tell
        )
        self.sample.show_models(MODELS)

    def _tell(self) -> None:
        self.told += 1

    def get_property(self, name: str) -> Any:
        return self.values[name]

    def set_property(self, name: str, value: Any) -> None:
        self.values[name] = value
        if self.arguments is not None:
            self.arguments.changed(name)


@pytest.fixture(autouse=True)
def settings_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONNECTION_FILE_VARIABLE, str(tmp_path / "connection.json"))


def test_what_is_remembered_is_there_and_the_seed_of_the_last_use() -> None:
    procedure = Procedure()
    assert (procedure.values["model"], procedure.values["truncation"]) == ("cat", 0.5)
    assert (procedure.form.value(SEED), procedure.form.value(TRUNCATION)) == (5, 0.5)


def test_what_the_user_sets_is_an_argument_at_once() -> None:
    procedure = Procedure()
    procedure.form.act(SEED, 8)
    assert (procedure.values["seed"], procedure.told) == (8, 1)


def test_what_the_editor_resets_is_shown_within_what_can_be() -> None:
    procedure = Procedure()
    procedure.set_property("truncation", 100.0)
    assert procedure.form.value(TRUNCATION) == MAX_PSI
    procedure.set_property("seed", 0)
    assert procedure.form.value(SEED) == 0
    assert procedure.told == 2
    procedure.set_property("mixture", "8:0.5, 9:0.5")  # which no item shows
    assert procedure.told == 2


def test_the_picture_that_is_taken_gives_all_arguments_and_is_remembered() -> None:
    procedure = Procedure()
    assert procedure.arguments is not None
    assert procedure.arguments.keep() is None
    procedure.sample.samples.draw()
    opened = EditOpened("1", 0, "cat", "", PICTURE)
    procedure.daemon.asked[0](opened)
    assert procedure.arguments.keep() is opened
    assert (procedure.values["model"], procedure.values["seed"]) == ("cat", 5)
    remembered = settings.load()
    assert (remembered.model, remembered.truncation) == ("cat", 0.5)


def test_what_draws_no_pictures_of_its_own_is_not_offered() -> None:
    procedure = Procedure()
    listed = ModelList(MODELS.models, (), None, (ModelInfo("sd", "photos", 512, 512, "MIT"),))
    procedure.sample.show_models(listed)
    offered = [entry.name for entry in procedure.form.look(MODEL).entries]
    assert offered == [model.name for model in MODELS.models]
