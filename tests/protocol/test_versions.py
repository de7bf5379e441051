"""Clients and daemons of different releases: they work together, or say what is to be updated."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest

from draggan_server.broker.dispatcher import QUIET_SECONDS
from draggan_server.wire.client import Client
from draggan_server.wire.codec import EVENT_CODEC, REQUEST_CODEC, Envelope, read_header
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.connector import Connector
from draggan_server.wire.errors import ProtocolError, VersionMismatch
from draggan_server.wire.install_record import InstallRecord
from draggan_server.wire.messages import (
    Done,
    DragFinished,
    Failure,
    GetHistory,
    GetStatus,
    Hello,
    ListModels,
    OpenEdit,
    Ping,
    Pong,
    Shutdown,
    Welcome,
)
from draggan_server.wire.transport import PURE_VARIABLE
from draggan_server.wire.versions import PROTOCOL_VERSION, THIS_SIDE, Side
from draggan_server.worker.messages import JobStopped
from tests.patience import patient
from tests.protocol import fake_daemon
from tests.protocol.daemons import (
    RunningDaemon,
    connect,
    other_record_of,
    own_home,
)
from tests.protocol.linked import SAMPLE, House, Inbox, drag_of, finished, open_edit
from tests.protocol.test_over_sockets import drag_of as real_drag_of
from tests.protocol.test_over_sockets import open_edit as real_edit

_QUIET = fake_daemon.QUIET_SECONDS + 1.5
"""Seconds in which a daemon has noticed, however late, that nobody wants anything."""

MAJOR, MINOR = PROTOCOL_VERSION
NEWER = Side("99.0.0", (MAJOR, 0), (MAJOR, MINOR + 3), ("telepathy",))
BEFORE_HELLO = (1, 2)
"""The last protocol that knew no `Hello`."""


def exchange(house: House, parts: list[bytes]) -> tuple[tuple[int, int], Envelope]:
    """What a client of another make is answered, and in which version."""
    house.dispatcher.receive(b"foreign", parts)
    ((_, answer),) = house.dispatcher.outbox
    house.dispatcher.outbox.clear()
    return read_header(answer).version, EVENT_CODEC.decode(answer)


def request(message: Any, version: tuple[int, int], number: int = 1) -> list[bytes]:
    return REQUEST_CODEC.encode(Envelope(message, "foreign", id=number), version)


class TestOtherClients:
    """What the daemon says to clients of other versions, in frames that those can read."""

    @pytest.mark.parametrize(
        ("version", "what_to_do"),
        [(BEFORE_HELLO, "plugins install"), ((MAJOR + 7, 0), "Update DragGAN")],
    )
    def test_a_foreign_one_is_told_what_to_update(
        self, house: House, version: tuple[int, int], what_to_do: str
    ) -> None:
        said_in, answer = exchange(house, request(ListModels(), version))
        assert said_in == version
        assert (answer.parent, answer.message.code) == (1, "protocol")
        assert what_to_do in answer.message.message

    @pytest.mark.parametrize("version", [BEFORE_HELLO, (MAJOR + 7, 0)])
    def test_a_foreign_one_can_stop_the_daemon(
        self, house: House, version: tuple[int, int]
    ) -> None:
        assert exchange(house, request(Ping(), version))[1].message == Pong()
        said_in, answer = exchange(house, request(Shutdown(), version, 2))
        assert (said_in, answer.message) == (version, Done())
        assert house.dispatcher.stopping

    def test_a_foreign_hello_is_answered(self, house: House) -> None:
        version = (MAJOR + 7, 0)
        said_in, answer = exchange(house, request(Hello(Side("9", version, version)), version))
        assert (said_in, answer.message) == (version, Welcome(THIS_SIDE))

    def test_a_newer_minor_is_understood(self, house: House) -> None:
        parts = request(OpenEdit(SAMPLE), (MAJOR, MINOR + 3))
        document = msgpack.unpackb(parts[0])
        document["body"]["mood"] = "good"
        house.dispatcher.receive(b"foreign", [msgpack.packb(document)])
        assert len(house.worker.tasks) == 1

    def test_a_message_that_only_a_newer_one_knows_is_refused(self, house: House) -> None:
        parts = request(ListModels(), (MAJOR, MINOR + 3))
        document = {**msgpack.unpackb(parts[0]), "type": "ReadMind"}
        said_in, answer = exchange(house, [msgpack.packb(document)])
        assert said_in == PROTOCOL_VERSION
        assert "Unknown message 'ReadMind'" in answer.message.message


class TestReplacement:
    """When a daemon leaves for a newer one: never while somebody uses it."""

    def hello(self, house: House, client: Side = NEWER, *, replaces: bool = True) -> Welcome:
        answer = Inbox(house.client(), Hello(client, replaces)).last
        assert isinstance(answer, Welcome)
        return answer

    def test_at_once_where_nobody_has_used_it(self, house: House) -> None:
        house.pass_time(QUIET_SECONDS)
        assert self.hello(house) == Welcome(THIS_SIDE, leaves=True)
        assert house.dispatcher.stopping

    def test_it_leaves_later_where_somebody_has_work(self, house: House) -> None:
        client = house.client()
        open_edit(house, client)
        assert self.hello(house) == Welcome(THIS_SIDE, leaves=False)
        house.pass_time(QUIET_SECONDS - 1)
        assert not house.dispatcher.stopping
        house.pass_time(1)
        assert house.dispatcher.stopping

    def test_it_does_not_leave_during_a_drag(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        inbox = Inbox(client, drag_of(edit.edit_id))
        for _ in range(int(QUIET_SECONDS) * 2):
            house.pass_time(1)
            client.pump()
        assert not self.hello(house).leaves
        house.say(finished(2))
        assert isinstance(inbox.last, DragFinished)
        house.pass_time(QUIET_SECONDS - 1)
        assert not house.dispatcher.stopping
        house.pass_time(2)
        assert house.dispatcher.stopping

    def test_the_drag_of_a_client_that_is_gone_holds_nothing_up(self, house: House) -> None:
        edit = open_edit(house, house.client())
        Inbox(house.client(), drag_of(edit.edit_id))
        house.pass_time(30)
        house.say(JobStopped(2))
        house.pass_time(QUIET_SECONDS)
        assert self.hello(house).leaves

    @pytest.mark.parametrize(
        "client", [THIS_SIDE, Side("0.0.1", (MAJOR, 0), (MAJOR, 0)), Side("", (1, 0), (1, 2))]
    )
    def test_never_for_one_that_is_no_newer(self, house: House, client: Side) -> None:
        house.pass_time(QUIET_SECONDS * 10)
        assert not self.hello(house, client).leaves
        house.pass_time(QUIET_SECONDS * 10)
        assert not house.dispatcher.stopping

    def test_never_for_one_that_can_start_no_other(self, house: House) -> None:
        house.pass_time(QUIET_SECONDS * 10)
        assert not self.hello(house, replaces=False).leaves
        house.pass_time(QUIET_SECONDS * 10)
        assert not house.dispatcher.stopping


class TestTheClient:
    def test_it_remembers_who_the_daemon_is(self, house: House) -> None:
        client = house.client()
        Inbox(client, Hello(THIS_SIDE))
        house.transports[b"route 0"].arrived[0] = EVENT_CODEC.encode(
            Envelope(Welcome(NEWER), client._name, parent=1, seq=1), NEWER.newest
        )
        client.pump()
        assert client.daemon == NEWER

    def test_what_an_older_daemon_cannot_do_is_said_and_not_sent(self, house: House) -> None:
        client = house.client()
        client.daemon = Side("0.0.9", (MAJOR, 0), (MAJOR, 0))
        with pytest.raises(ProtocolError, match=r"daemon \(version 0\.0\.9.*cannot do this yet"):
            client.send(GetHistory("e"))
        assert house.transports[b"route 0"].sent == []
        client.send(ListModels())

    def test_a_foreign_refusal_is_read(self, house: House) -> None:
        client = house.client()
        inbox = Inbox(client, Hello(THIS_SIDE))
        house.transports[b"route 0"].arrived[0] = EVENT_CODEC.encode(
            Envelope(Failure("protocol", "Too new."), "unknown"), BEFORE_HELLO
        )
        assert inbox.last == Failure("protocol", "Too new.")
        assert client.daemon == Side("", BEFORE_HELLO, BEFORE_HELLO)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[InstallRecord]:
    """How to start our daemon in a home of its own; whichever runs in the end is ended."""
    with own_home(tmp_path) as record:
        yield record


@pytest.fixture(params=["pyzmq", "pure"])
def _transport(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure":
        monkeypatch.setenv(PURE_VARIABLE, "1")
    else:
        monkeypatch.delenv(PURE_VARIABLE, raising=False)


def pid_of(client: Client) -> int:
    return client.ask(GetStatus()).pid


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
@pytest.mark.usefixtures("_transport")
class TestRealDaemons:
    def older(self, home: Path, major: int = MAJOR) -> RunningDaemon:
        return RunningDaemon(home, started_by=other_record_of(home, "0.0.9", major))

    def gone(self, daemon: RunningDaemon) -> None:
        output, _ = daemon.process.communicate(timeout=patient(20))
        assert (daemon.process.returncode, output) == (0, b"")
        assert "a newer daemon takes this one's place" in daemon.log.read_text()

    @pytest.mark.parametrize("major", [MAJOR, MAJOR - 1])
    def test_an_older_one_is_replaced_and_no_edit_lost(
        self, record: InstallRecord, tmp_path: Path, major: int
    ) -> None:
        with self.older(tmp_path, major) as daemon:
            if major == MAJOR:
                with daemon.client() as client:
                    assert client.daemon.release == "0.0.9"
                    edit = real_edit(client)
            time.sleep(_QUIET)
            with connect(record) as client:
                assert client.daemon == THIS_SIDE
                assert pid_of(client) == ConnectionFile.read(record.connection_file).pid
                assert pid_of(client) != daemon.process.pid
                if major == MAJOR:
                    assert isinstance(client.ask(real_drag_of(edit)), DragFinished)
            self.gone(daemon)

    def test_an_older_one_in_use_serves_on_and_leaves_afterwards(
        self, record: InstallRecord, tmp_path: Path
    ) -> None:
        with self.older(tmp_path) as daemon:
            with daemon.client() as other, connect(record) as client:
                real_edit(other)
                assert pid_of(client) == daemon.process.pid
                assert isinstance(client.ask(real_drag_of(real_edit(client))), DragFinished)
            self.gone(daemon)

    def test_a_foreign_one_in_use_is_named(self, record: InstallRecord, tmp_path: Path) -> None:
        # just started: somebody is about to use it
        with self.older(tmp_path, MAJOR - 1) as daemon:
            with pytest.raises(VersionMismatch, match=r"daemon \(version 0\.0\.9.*too old"):
                connect(record)
            self.gone(daemon)

    def test_a_newer_one_is_never_replaced(self, record: InstallRecord, tmp_path: Path) -> None:
        newer = other_record_of(tmp_path, "99.0.0")
        with RunningDaemon(tmp_path, started_by=newer) as daemon:
            time.sleep(_QUIET)
            with connect(record) as client:
                assert client.daemon.release == "99.0.0"
                assert pid_of(client) == daemon.process.pid

    def test_a_newer_foreign_one_asks_for_a_newer_plug_in(
        self, record: InstallRecord, tmp_path: Path
    ) -> None:
        newer = other_record_of(tmp_path, "99.0.0", MAJOR + 1)
        with (
            RunningDaemon(tmp_path, started_by=newer),
            pytest.raises(VersionMismatch, match=r"daemon \(version 99\.0\.0.*too new"),
        ):
            connect(record)

    def test_an_installation_older_than_the_plug_in(
        self, record: InstallRecord, tmp_path: Path
    ) -> None:
        """What the plug-in starts is too old for it: said at once, not started again and again."""
        with pytest.raises(VersionMismatch, match=r"installed DragGAN \(version 0\.0\.9"):
            connect(other_record_of(tmp_path, "0.0.9", MAJOR - 1))

    def test_a_foreign_one_can_be_stopped(self, record: InstallRecord, tmp_path: Path) -> None:
        with self.older(tmp_path, MAJOR - 1) as daemon:
            connector = Connector(start_daemon=False, any_version=True, record=record)
            while (client := connector.poll()) is None:
                time.sleep(0.005)
            with client:
                assert client.ask(Shutdown()) == Done()
            assert daemon.process.wait(timeout=patient(20)) == 0
