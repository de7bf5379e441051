"""What is done with models at a client's wish: by the dispatcher, and in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from draggan_server.broker.errands import MAX_ERRANDS, ErrandProcess
from draggan_server.broker.sessions import SILENT_SECONDS
from draggan_server.wire.codec import REQUEST_CODEC, Envelope
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    AddModel,
    CancelDrag,
    Done,
    Failure,
    GetCatalogue,
    ModelProgress,
    ModelReady,
    ModelStopped,
    PrepareModel,
    PullModel,
    RemoveModel,
)
from tests.protocol.daemons import RunningDaemon, wait_until
from tests.protocol.linked import CATALOGUE, House, Inbox
from tests.unit.models.file_server import FileServer, serving
from tests.unit.stylegan2.generators import random_tensors
from tests.unit.stylegan2.test_checkpoints import GEOMETRY, write

PULL = PullModel("lions-512", "CC-BY-4.0")
HALF = ModelProgress("downloading", 0.5, 100)


class TestTheDispatcher:
    def test_says_what_there_is_and_takes_away(self, house: House) -> None:
        client = house.client()
        assert client.ask(GetCatalogue()) == CATALOGUE
        assert client.ask(RemoveModel("lion")) == Done()
        assert house.removed == ["lion"]

    def test_tells_of_an_errand_to_its_end_while_others_drag(self, house: House) -> None:
        pull = Inbox(house.client(), PULL)
        (errand,) = house.errands
        assert errand.errand == PULL
        errand.events = [HALF]
        house.pass_time(0.1)
        assert pull.last == HALF
        assert house.worker.state == "idle"  # it is free for others
        errand.events = [ModelReady("lions-512", first_use=True)]
        house.pass_time(0.1)
        assert pull.last == ModelReady("lions-512", first_use=True)
        assert errand.stopped  # its process has nobody to talk to any more
        assert not house.dispatcher.has_errands

    def test_ends_one_that_is_cancelled(self, house: House) -> None:
        client = house.client()
        pull = Inbox(client, PULL)
        client.send(CancelDrag(pull.id + 1))
        house.pass_time(0.1)
        assert not house.errands[0].stopped
        client.send(CancelDrag(pull.id))
        house.pass_time(0.1)
        assert pull.last == ModelStopped()

    def test_ends_that_of_a_client_that_is_gone(self, house: House) -> None:
        house.client().send(PULL)
        house.pass_time(SILENT_SECONDS + 1)
        assert house.errands[0].stopped

    def test_does_not_leave_for_want_of_work(self, house: House) -> None:
        client = house.client()
        Inbox(client, PULL)
        for _ in range(100):
            house.pass_time(5)
            client.pump()  # which pings
        assert house.dispatcher.idle_seconds() == 0

    def test_carries_out_once_what_comes_twice(self, house: House) -> None:
        client = house.client()
        pull = Inbox(client, PULL)
        again = REQUEST_CODEC.encode(Envelope(PULL, client._name, id=pull.id))
        house.dispatcher.receive(b"route 0", again)
        assert len(house.errands) == 1

    def test_takes_some_at_a_time(self, house: House) -> None:
        client = house.client()
        for _ in range(MAX_ERRANDS):
            client.send(PULL)
        refused = Inbox(client, PULL).last
        assert isinstance(refused, Failure)
        assert f"{MAX_ERRANDS} models" in refused.message

    @pytest.mark.parametrize(
        "request_",
        [GetCatalogue(), PULL, AddModel("/a"), PrepareModel("lion"), RemoveModel("lion")],
    )
    def test_leaves_the_models_to_who_owns_the_machine(self, house: House, request_: Any) -> None:
        refused = Inbox(house.client("anna"), request_).last
        assert isinstance(refused, Failure)
        assert "ask who runs it" in refused.message
        assert not house.errands
        assert not house.removed

    def test_says_so_when_the_daemon_is_stopped(self, house: House) -> None:
        pull = Inbox(house.client(), PULL)
        house.dispatcher.shut_down()
        house.deliver()
        assert pull.last.code == "unreachable"
        assert house.errands[0].closed


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    """A whole small model."""
    tensors = random_tensors(GEOMETRY, 0, torch.float32)
    return write(tmp_path / "served.safetensors", tensors).read_bytes()


@pytest.fixture
def daemon(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[RunningDaemon, FileServer]]:
    """A daemon for which the published lions lie on a server of this machine."""
    monkeypatch.setenv("no_proxy", "*")
    with serving(FileServer(content)) as server:
        monkeypatch.setenv("TESTED_MODEL_URL", server.url)
        with RunningDaemon(tmp_path) as daemon:
            yield daemon, server


class TestAProcess:
    """Of a real daemon, over sockets."""

    def test_downloads_and_installs(self, daemon: tuple[RunningDaemon, FileServer]) -> None:
        running, _ = daemon
        client = running.client()
        (lions, *_) = client.ask(GetCatalogue()).available
        assert (lions.name, lions.licence, lions.arrived) == ("lions-512", "CC-BY-4.0", 0)
        *progress, ready = client.events(PullModel(lions.name, lions.licence))
        assert ready == ModelReady("lions-512", first_use=True)
        assert progress[-1] == ModelProgress("installing", 1.0, len(daemon[1].content))
        found = client.ask(GetCatalogue())
        assert [model.name for model in found.installed] == ["toy-lion", "lions-512"]
        assert [model.removable for model in found.installed] == [False, True]
        assert found.thumbnail(1) is not None
        assert lions.name not in [model.name for model in found.available]
        assert Path(found.installed[1].path).parent == Path(found.folder)
        client.ask(RemoveModel("lions-512"))
        assert [model.name for model in client.ask(GetCatalogue()).installed] == ["toy-lion"]
        client.close()

    def test_pauses_and_goes_on(self, daemon: tuple[RunningDaemon, FileServer]) -> None:
        running, server = daemon
        server.chunk_bytes, server.chunk_seconds = len(server.content) // 50, 0.1
        client = running.client()
        pull = Inbox(client, PULL)
        wait_until(lambda: bool(pull.last) and pull[-1].arrived > 0)
        client.send(CancelDrag(pull.id))
        wait_until(lambda: pull.last == ModelStopped(), seconds=5)
        arrived = client.ask(GetCatalogue()).available[0].arrived
        assert 0 < arrived < len(server.content)
        server.chunk_seconds = 0.0
        *_, ready = client.events(PULL)
        assert ready == ModelReady("lions-512", first_use=True)
        assert server.asked_ranges() == [None, f"bytes={arrived}-"]
        client.close()

    def test_is_paused_where_its_client_is_gone(
        self, daemon: tuple[RunningDaemon, FileServer]
    ) -> None:
        running, server = daemon
        server.chunk_bytes, server.chunk_seconds = len(server.content) // 100, 0.1
        client = running.client()
        pull = Inbox(client, PULL)
        wait_until(lambda: bool(pull.last))
        client.close()
        other = running.client()

        def is_over() -> bool:
            pull = Inbox(other, PULL)
            wait_until(lambda: pull.last is not None)
            other.send(CancelDrag(pull.id))
            return not isinstance(pull.last, Failure)

        wait_until(is_over)  # until then another program installs it
        other.close()

    def test_refuses_a_licence_that_was_not_accepted(
        self, daemon: tuple[RunningDaemon, FileServer]
    ) -> None:
        client = daemon[0].client()
        with pytest.raises(BadInput, match="comes under the licence CC-BY"):
            list(client.events(PullModel("lions-512", "")))
        with pytest.raises(BadInput, match="Nobody publishes a model “tigers”"):
            list(client.events(PullModel("tigers", "MIT")))
        assert not daemon[1].requests
        client.close()

    def test_adds_a_file_under_a_name(
        self, daemon: tuple[RunningDaemon, FileServer], tmp_path: Path
    ) -> None:
        client = daemon[0].client()
        source = str(tmp_path / "served.safetensors")
        *_, ready = client.events(AddModel(source, "Löwe"))
        assert ready == ModelReady("Löwe")
        *_, ready = client.events(AddModel(source))
        assert ready == ModelReady("served")
        with pytest.raises(BadInput, match="There is a model “Löwe” already") as raised:
            list(client.events(AddModel(source, "Löwe")))
        assert dict(raised.value.values) == {"name": "Löwe"}  # by which it is translated
        with pytest.raises(BadInput, match="There is no file /nowhere"):
            list(client.events(AddModel("/nowhere/a.pkl")))
        client.close()

    def test_learns_as_long_as_it_is_let(
        self, daemon: tuple[RunningDaemon, FileServer], tmp_path: Path
    ) -> None:
        client = daemon[0].client()
        list(client.events(AddModel(str(tmp_path / "served.safetensors"))))
        prepare = Inbox(client, PrepareModel("served"))
        wait_until(lambda: bool(prepare.last) and prepare[-1].stage == "learning-drags", 60)
        client.send(CancelDrag(prepare.id))
        wait_until(lambda: prepare.last == ModelStopped(), seconds=10)
        client.close()


def test_a_process_that_is_gone_before_its_order_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = ErrandProcess._tell

    def tell_late(process: ErrandProcess, line: bytes) -> None:
        process._process.wait()
        tell(process, line)

    monkeypatch.setattr(ErrandProcess, "_tell", tell_late)
    test_a_process_that_dies_is_told_of(tmp_path)


def test_a_process_that_dies_is_told_of(tmp_path: Path) -> None:
    process = ErrandProcess(PULL, tmp_path / "errand.log", (sys.executable, "-c", "exit(3)"))
    events: list[Any] = []
    wait_until(lambda: bool(events.extend(process.poll()) or events))
    (failure,) = events
    assert failure.code == "worker-lost"
    process.close()
