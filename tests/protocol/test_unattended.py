"""What a script asks for, against a daemon in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from draggan_server.host import unattended
from draggan_server.host.pairs import PointPair
from draggan_server.host.photo import PhotoRequest
from draggan_server.host.request import Layer, Request, Return
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from draggan_server.wire.messages import EditOpened, Pixels
from draggan_server.wire.sample_record import SampleRecord
from draggan_server.wire.state import EditState
from tests.protocol.daemons import RunningDaemon
from tests.protocol.fake_engine import MODELS, Behaviour

PAIRS = (PointPair((8.0, 8.0), (12.0, 8.0)),)


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectionFile]:
    """The one that is found without being asked for."""
    with RunningDaemon(tmp_path) as running:
        monkeypatch.setenv(CONNECTION_FILE_VARIABLE, str(running.record.connection_file))
        yield running.connection


def asked(opened: EditOpened) -> Request[Layer]:
    layer = Layer("1", "Lion")
    return Request(layer, opened.saved_state, opened.picture, None, PAIRS, drag_config())


@pytest.mark.usefixtures("daemon")
class TestUnattended:
    def test_without_a_name_the_default_model_draws(self) -> None:
        assert unattended.draw("", 3, 0.7).model == MODELS.models[0].name

    def test_a_mixture_is_drawn_in_place_of_the_seed(self) -> None:
        opened = unattended.draw(Behaviour.STEADY, 8, 0.7, "8:0.65, 33:0.35")
        content = EditState.from_json(opened.saved_state).content
        assert content == SampleRecord(8, 0.7, ((8, 0.65), (33, 0.35)))

    def test_a_drag_says_how_far_it_is_and_ends_with_a_picture(self) -> None:
        opened = unattended.draw(Behaviour.STEADY, 3, 0.7)
        told: list[tuple[str, float]] = []
        finished = unattended.drag(asked(opened), "", lambda *what: told.append(what))
        assert finished.layer.data != opened.picture.data
        fractions = [fraction for _words, fraction in told]
        assert fractions == sorted(fractions)
        assert 0.0 < fractions[-1] <= 1.0
        assert all(words for words, _fraction in told)

    def test_a_photo_is_shown_by_a_model(self) -> None:
        picture = Pixels(64, 64, 4, bytes(range(256)) * 64)
        told: list[tuple[str, float]] = []
        photo = PhotoRequest(Layer("1", "Lion"), Behaviour.STEADY, picture, None, "fast")
        state = unattended.recognise(photo, lambda *what: told.append(what))
        assert EditState.from_json(state).photo is not None
        assert [share for _words, share in told] == sorted(share for _words, share in told)
        assert "%" in told[-1][0]

    def test_a_drag_is_gone_back_to(self) -> None:
        opened = unattended.draw(Behaviour.STEADY, 3, 0.7)
        finished = unattended.drag(asked(opened), "", lambda *_what: None)

        def back(position: int) -> Return[Layer]:
            layer, state = Layer("1", "Lion"), finished.saved_state
            return Return(layer, state, finished.layer, None, (), drag_config(), position=position)

        went = unattended.go_back(back(0))
        assert EditState.from_json(went.saved_state).position == 0
        assert went.layer.data == opened.picture.data
        for position in (-1, 2):
            with pytest.raises(BadInput, match=r"“Lion” have no such position: .* from 0 to 1"):
                unattended.go_back(back(position))

    def test_another_model_than_the_layers_is_refused(self) -> None:
        opened = unattended.draw(Behaviour.STEADY, 3, 0.7)
        with pytest.raises(BadInput, match=r"steady.*other"):
            unattended.drag(asked(opened), "other", lambda *_what: None)


def test_without_a_state_a_model_has_to_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONNECTION_FILE_VARIABLE, str(tmp_path / "nothing.json"))
    picture = Pixels(64, 64, 4, bytes(4 * 64 * 64))
    request = Request(Layer("1", "Lion"), "", picture, None, PAIRS, drag_config())
    with pytest.raises(BadInput, match="Lion"):
        unattended.drag(request, "", lambda *_what: None)
    photo = PhotoRequest(Layer("1", "Lion"), "", picture, None, "fast")
    with pytest.raises(BadInput, match="name the model"):
        unattended.recognise(photo, lambda *_what: None)


def test_a_value_out_of_range_starts_no_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONNECTION_FILE_VARIABLE, str(tmp_path / "nothing.json"))
    with pytest.raises(BadInput, match="seed"):
        unattended.draw("", -1, 0.7)
    for mixture in ("8", "8:a", "8:0.5", "8:0.5, 8:0.5", "8:0.5, 33:0.6"):
        with pytest.raises(BadInput, match=r"mixture|seeds"):
            unattended.draw("", 8, 0.7, mixture)
    assert list(tmp_path.iterdir()) == []
