"""Daemon, worker and clients as processes of their own, over real ZeroMQ, by both transports."""

from __future__ import annotations

import contextlib
import functools
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zmq

from draggan_server.host.drag_job import DragJob
from draggan_server.host.link import Link
from draggan_server.host.pairs import PointPair
from draggan_server.host.request import Layer, Request
from draggan_server.host.states import Cause
from draggan_server.wire.client import Client
from draggan_server.wire.codec import EVENT_CODEC, MAX_HEADER_BYTES
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.connector import Connector
from draggan_server.wire.drag_config import MAX_STEPS_LIMIT, drag_config
from draggan_server.wire.errors import (
    BadInput,
    DaemonUnreachable,
    InternalError,
    OutOfMemory,
    UnknownModel,
    WorkerLost,
)
from draggan_server.wire.messages import (
    CancelDrag,
    CloseEdit,
    DragCancelled,
    DragFinished,
    DragFrame,
    DragProgress,
    DrawSamples,
    EditOpened,
    Event,
    Failure,
    GetHistory,
    GoToDrag,
    ListModels,
    OpenEdit,
    PastDrag,
    Ping,
    Pixels,
    Pong,
    SampleSource,
    SavedState,
    Shutdown,
    StartDrag,
)
from draggan_server.wire.transport import PURE_VARIABLE, SocketTransport, open_transport
from tests.patience import patient
from tests.protocol.daemons import (
    RunningDaemon,
    is_alive,
    running,
    wait_until,
)
from tests.protocol.fake_engine import MODELS, SIDE, STEPS_TO_ARRIVE, Behaviour
from tests.protocol.linked import Inbox, pump_until
from tests.scripted_host import Timer

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")

_PICTURES = 2
"""A watched drag has shown so many once it has shown enough."""


@pytest.fixture(params=["pyzmq", "pure"])
def _transport(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure":
        monkeypatch.setenv(PURE_VARIABLE, "1")
    else:
        monkeypatch.delenv(PURE_VARIABLE, raising=False)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDaemon]:
    """One for all tests that leave it as it was."""
    with RunningDaemon(tmp_path_factory.mktemp("daemon")) as daemon:
        yield daemon


@pytest.fixture
def own_daemon(tmp_path: Path) -> Iterator[RunningDaemon]:
    """One to be maltreated."""
    daemon = RunningDaemon(tmp_path)
    yield daemon
    daemon.process.kill()
    daemon.process.communicate()


@pytest.fixture
def client(daemon: RunningDaemon) -> Iterator[Client]:
    client = daemon.client()
    yield client
    client.close()


def open_edit(client: Client, behaviour: Behaviour = Behaviour.STEADY) -> EditOpened:
    opened = client.ask(OpenEdit(SampleSource(behaviour.value, 7)))
    assert isinstance(opened, EditOpened)
    return opened


def drag_of(edit: EditOpened, **changes: Any) -> StartDrag:
    options: dict[str, Any] = {"layer": edit.picture, **changes}
    return StartDrag(edit.edit_id, edit.revision, ((1.0, 2.0),), ((11.0, 2.0),), **options)


def watched_drag(client: Client) -> tuple[list[DragProgress], DragFinished]:
    """A drag of an endless picture of seed 7, which is kept once enough was seen of it."""
    edit = open_edit(client, Behaviour.ENDLESS)
    assert edit.picture.data == bytes([7, 0, 0, 255]) * SIDE * SIDE
    request = drag_of(edit, preview_seconds=1e-6, config=drag_config(max_steps=MAX_STEPS_LIMIT))
    seen: list[Any] = []
    finished = client.drag(request, seen.append, lambda: pictures_of(seen) >= _PICTURES)
    return seen, finished


def pictures_of(seen: Sequence[DragProgress]) -> int:
    return sum(event.preview is not None for event in seen)


def watched_end(finished: DragFinished) -> bytes:
    """The first pixel where `watched_drag` ends: each step makes it brighter."""
    return bytes(min(value + finished.steps, 255) for value in (7, 0, 0, 255))


@pytest.mark.usefixtures("_transport")
class TestMainJob:
    def test_small_requests_are_answered(self, client: Client) -> None:
        assert client.ask(Ping()) == Pong()
        assert client.ask(ListModels()) == MODELS

    def test_the_transport_is_the_chosen_one(self, client: Client) -> None:
        pure = bool(os.environ.get(PURE_VARIABLE))
        assert isinstance(client._transport, SocketTransport) is pure

    def test_a_drag_shows_previews(self, client: Client) -> None:
        progress, finished = watched_drag(client)
        assert [event.step for event in progress] == [*range(1, finished.steps + 1)]
        assert pictures_of(progress) >= _PICTURES
        assert finished.layer.data[:4] == watched_end(finished)
        assert finished.handle_points == ((1.0 + min(finished.steps, STEPS_TO_ARRIVE), 2.0),)

    def test_samples_are_drawn_small(self, client: Client) -> None:
        drawn = client.ask(DrawSamples((SampleSource("steady", 5), SampleSource("steady", 9))))
        assert [drawn.thumbnail(index).data[0] for index in range(drawn.count)] == [5, 9]

    def test_a_drag_is_gone_back_to(self, client: Client) -> None:
        edit = open_edit(client)
        finished = client.ask(drag_of(edit))
        history = client.ask(GetHistory(edit.edit_id))
        assert (history.position, history.forgotten) == (1, 0)
        assert history.drags == (PastDrag(1, drag_config().method, STEPS_TO_ARRIVE),)
        assert [history.thumbnail(n).data[0] for n in (0, 1)] == [7, STEPS_TO_ARRIVE]
        went = client.ask(GoToDrag(edit.edit_id, finished.revision, 0, edit.picture))
        assert (went.revision, went.layer) == (2, edit.picture)
        reopened = client.ask(OpenEdit(SavedState(went.saved_state)))
        assert reopened.picture == edit.picture
        with pytest.raises(BadInput, match="no drag 2"):
            client.ask(GoToDrag(edit.edit_id, 2, 2))

    def test_frames_of_the_way_are_taken_one_by_one(self, client: Client) -> None:
        edit = open_edit(client)
        seen: list[Any] = []
        finished = client.drag(drag_of(edit, frames=4), seen.append)
        frames = [event for event in seen if isinstance(event, DragFrame)]
        assert [frame.number for frame in frames] == [1, 2, 3, 4]
        assert [frame.layer.data[0] for frame in frames] == [8, 11, 13, 16]  # slow at both ends
        assert finished.layer.data[0] == 17
        assert seen[-4:] == frames

    def test_a_large_layer_comes_back_bit_for_bit(self, client: Client) -> None:
        edit = open_edit(client)
        data = random.Random(1).randbytes(2048 * 4) * 2048
        layer = Pixels(2048, 2048, 4, data)
        mask = Pixels(2048, 2048, 1, b"\1" * (2048 * 2048))
        finished = client.ask(drag_of(edit, layer=layer, movable_mask=mask))
        assert isinstance(finished, DragFinished)
        assert finished.layer.data == data.translate(bytes(min(v + 10, 255) for v in range(256)))

    def test_a_whole_drag_job_gives_a_layer(self, daemon: RunningDaemon, client: Client) -> None:
        edit = open_edit(client, Behaviour.ENDLESS)
        seen: list[DragProgress] = []
        ends: list[Any] = []
        timer = Timer()
        connect = functools.partial(Connector, start_daemon=False, record=daemon.record)
        pair = PointPair((1.0, 2.0), (11.0, 2.0))
        request = Request(
            *(Layer("1", "lion"), edit.saved_state, edit.picture, None, (pair,)),
            drag_config(max_steps=MAX_STEPS_LIMIT),
        )

        def hear(cause: Cause, event: Event | None) -> None:
            if isinstance(event, DragProgress):
                seen.append(event)
                if pictures_of(seen) == _PICTURES and event.preview is not None:
                    job.stop()
            elif cause in (Cause.FINISHED, Cause.FAILED):
                ends.append(event)

        link = Link(timer.every, "the log", connect)
        job = DragJob(link, request, hear, 1e-6)
        timer.run_until(lambda: ends, 20)
        link.close()
        assert isinstance(ends[0], DragFinished)
        assert pictures_of(seen) >= _PICTURES

    @pytest.mark.parametrize("keep", [False, True])
    def test_a_drag_is_cancelled(self, client: Client, keep: bool) -> None:
        edit = open_edit(client, Behaviour.ENDLESS)
        inbox = Inbox(client, drag_of(edit, config=drag_config(max_steps=2000)))
        pump_until(client, inbox, DragProgress)
        client.send(CancelDrag(inbox.id, keep))
        end = pump_until(client, inbox, DragFinished if keep else DragCancelled)
        assert end.revision == int(keep)
        if keep:
            assert end.reason == "stopped"

    @pytest.mark.parametrize(
        ("behaviour", "error"),
        [
            (Behaviour.REFUSING, BadInput),
            (Behaviour.HUNGRY, OutOfMemory),
            (Behaviour.FAILING, InternalError),
            (Behaviour.CRASHING, WorkerLost),
        ],
    )
    def test_what_goes_wrong_is_said_and_passes(
        self, client: Client, behaviour: Behaviour, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            client.ask(drag_of(open_edit(client, behaviour)))
        assert isinstance(client.ask(drag_of(open_edit(client))), DragFinished)

    def test_an_unknown_model_is_refused(self, client: Client) -> None:
        with pytest.raises(UnknownModel, match="'nobody'"):
            client.ask(OpenEdit(SampleSource("nobody", 1)))

    def test_a_worker_that_hangs_is_replaced(self, client: Client) -> None:
        edit = open_edit(client, Behaviour.STUBBORN)
        inbox = Inbox(client, drag_of(edit))
        pump_until(client, inbox, DragProgress)
        client.send(CancelDrag(inbox.id))
        pump_until(client, inbox, DragCancelled)
        open_edit(client)

    def test_the_wrong_password_is_refused(self, daemon: RunningDaemon) -> None:
        transport = open_transport(replace(daemon.connection, secret="wrong"))
        wait_until(lambda: transport.receive() is None and transport.lost is not None)
        transport.close()

    def test_what_is_sent_after_a_refusal_is_no_error(self, daemon: RunningDaemon) -> None:
        transport = open_transport(replace(daemon.connection, secret="wrong"))

        def told_by_sending() -> bool:
            transport.send([b"anyone?"])
            return transport.lost is not None

        wait_until(told_by_sending)
        transport.close()

    def test_a_client_without_a_daemon_is_told(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        transport = open_transport(ConnectionFile(f"tcp://127.0.0.1:{port}", "u", "s", 2**30, "0"))
        transport.send([b"anyone?"])
        wait_until(lambda: transport.receive() is None and transport.lost is not None)
        assert "cannot be reached" in str(transport.lost)
        transport.close()

    def test_the_daemon_dies_in_the_middle(self, own_daemon: RunningDaemon) -> None:
        client = own_daemon.client()
        worker = own_daemon.worker_pid()
        edit = open_edit(client, Behaviour.STUBBORN)
        inbox = Inbox(client, drag_of(edit))
        pump_until(client, inbox, DragProgress)
        own_daemon.process.kill()
        failure = pump_until(client, inbox, Failure)
        assert failure.code == "unreachable"
        assert client.lost is not None
        wait_until(lambda: not is_alive(worker))
        client.close()

    def test_the_daemon_is_stopped_in_the_middle(self, own_daemon: RunningDaemon) -> None:
        client, other = own_daemon.client(), own_daemon.client()
        edit = open_edit(client, Behaviour.PREPARING)  # which never ends by itself
        inbox = Inbox(client, drag_of(edit))
        pump_until(client, inbox, DragProgress)
        other.ask(Shutdown())
        assert "was stopped" in pump_until(client, inbox, Failure).message
        client.close()
        other.close()


class TestOrderlyEnd:
    def ended(self, daemon: RunningDaemon, worker: int) -> None:
        assert daemon.process.wait(timeout=patient(20)) == 0
        assert not daemon.record.connection_file.exists()
        wait_until(lambda: not is_alive(worker))
        assert "the daemon ends" in daemon.log.read_text()

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
    def test_a_signal_ends_it_in_order(self, own_daemon: RunningDaemon, number: int) -> None:
        worker = own_daemon.worker_pid()
        own_daemon.process.send_signal(number)
        self.ended(own_daemon, worker)

    def test_it_leaves_when_nobody_wants_anything(self, tmp_path: Path) -> None:
        with RunningDaemon(tmp_path, idle_seconds=1.5) as daemon:
            self.ended(daemon, daemon.worker_pid())

    def test_edits_are_there_after_a_crash(self, own_daemon: RunningDaemon, tmp_path: Path) -> None:
        client = own_daemon.client()
        edit = open_edit(client)
        finished = client.ask(drag_of(edit))
        assert isinstance(finished, DragFinished)
        client.close()
        own_daemon.process.kill()
        own_daemon.process.wait()
        own_daemon.record.connection_file.unlink()
        with RunningDaemon(tmp_path) as later:
            client = later.client()
            again = client.ask(drag_of(replace(edit, revision=1)))
            assert isinstance(again, DragFinished)
            assert again.revision == 2
            client.close()


class TestClientsThatVanish:
    def test_a_killed_client_s_drag_is_ended(self, daemon: RunningDaemon) -> None:
        code = f"""
from pathlib import Path
from tests.protocol.test_over_sockets import *
from tests.protocol.daemons import connect, record_of
client = connect(record_of(Path({str(daemon.record.connection_file.parent)!r})))
edit = open_edit(client, Behaviour.PREPARING)  # which never ends by itself
for event in client.events(drag_of(edit)):
    print("step", flush=True)
"""
        with running((sys.executable, "-c", code), stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"step\n"
            assert daemon.status().drags == 1
        wait_until(lambda: daemon.status().drags == 0, seconds=5)


class TestHostilePeers:
    @pytest.fixture(autouse=True)
    def _still_up(self, daemon: RunningDaemon) -> Iterator[None]:
        """After each of these the same daemon serves as before."""
        pid = daemon.status().pid
        yield
        status = daemon.status()
        assert (status.pid, status.drags) == (pid, 0)
        client = daemon.client()
        edit = open_edit(client)
        client.ask(CloseEdit(edit.edit_id))
        client.close()

    @pytest.fixture
    def peer(self, daemon: RunningDaemon) -> Iterator[zmq.Socket[bytes]]:
        """A DEALER with the right password, and no manners."""
        context = zmq.Context()
        peer = context.socket(zmq.DEALER)
        peer.plain_username = daemon.connection.user.encode()
        peer.plain_password = daemon.connection.secret.encode()
        peer.linger = 0
        peer.rcvtimeo = 5000
        peer.connect(daemon.connection.endpoint)
        yield peer
        context.destroy()

    @pytest.mark.parametrize(
        "parts",
        [
            [b""],
            [b"garbage"],
            [b"\xdf\xff\xff\xff\xff"],
            [b"x"] * 1000,
            [bytes(MAX_HEADER_BYTES + 1)],
            [bytes(50_000_000)],
        ],
    )
    def test_garbage_from_one_with_the_password(
        self, peer: zmq.Socket[bytes], parts: list[bytes]
    ) -> None:
        peer.send_multipart(parts)
        answer = EVENT_CODEC.decode(peer.recv_multipart())
        assert (answer.parent, answer.message.code) == (0, "protocol")

    def test_a_flood_does_not_stop_the_others(
        self, peer: zmq.Socket[bytes], daemon: RunningDaemon
    ) -> None:
        for _ in range(5000):
            peer.send(b"garbage")
        client = daemon.client()
        assert client.ask(Ping()) == Pong()
        client.close()

    def test_a_message_without_end_is_cut_off(self, peer: zmq.Socket[bytes]) -> None:
        for _ in range(1000):
            peer.send(b"part", zmq.SNDMORE)

    @pytest.mark.parametrize("mechanism", ["none", "wrong password"])
    def test_one_without_the_password_is_cut_off(
        self, daemon: RunningDaemon, mechanism: str
    ) -> None:
        with zmq.Context() as context, context.socket(zmq.DEALER) as peer:
            if mechanism == "wrong password":
                peer.plain_username = daemon.connection.user.encode()
                peer.plain_password = b"wrong"
            peer.linger = 0
            peer.connect(daemon.connection.endpoint)
            peer.send(b"garbage")
            assert peer.poll(200) == 0

    @pytest.mark.parametrize(
        "data",
        [
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\n" + b"x" * 400,
            b"\x01\x00\x07garbage" * 50,  # ZMTP 1.0: an empty identity, then frames
            b"\xff" + bytes(8) + b"\x7f\x01\x01\x00\x00" + b"\x00\x07garbage" * 50,  # ZMTP 2.0
            b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48) + b"\x04\x06\x05READY\x00\x01x",
            random.Random(2).randbytes(100_000),
            b"",
        ],
        ids=["http", "zmtp 1", "zmtp 2", "null", "random", "nothing"],
    )
    def test_what_is_not_our_protocol(self, daemon: RunningDaemon, data: bytes) -> None:
        before = daemon.log.read_text().count("cannot be read")
        with socket.create_connection(daemon.connection.address, timeout=patient(5)) as peer:
            with contextlib.suppress(ConnectionError):
                peer.sendall(data)
            time.sleep(0.2)
        # None of it was taken for a message.
        assert daemon.log.read_text().count("cannot be read") == before

    def test_many_who_say_nothing_keep_nobody_out(self, daemon: RunningDaemon) -> None:
        with contextlib.ExitStack() as stack:
            for _ in range(200):
                stack.enter_context(socket.create_connection(daemon.connection.address))
            client = daemon.client()
            assert client.ask(Ping(), timeout=patient(5)) == Pong()
            client.close()


class TestPureTransport:
    def test_a_peer_s_heartbeats_are_answered(self) -> None:
        """A ROUTER that drops whoever does not answer its pings keeps the pure transport."""
        with zmq.Context() as context, context.socket(zmq.REP) as zap:
            zap.bind("inproc://zeromq.zap.01")
            with context.socket(zmq.ROUTER) as router:
                router.plain_server = True
                router.linger = 0
                router.heartbeat_ivl = 50
                router.heartbeat_timeout = 2000
                port = router.bind_to_random_port("tcp://127.0.0.1")
                connection = ConnectionFile(f"tcp://127.0.0.1:{port}", "me", "pw", 2**30, "0")
                transport = SocketTransport(connection)
                transport.send([b"a", b"b" * 70_000])
                while not zap.poll(10):
                    transport.receive()
                version, number, *_, user, password = zap.recv_multipart()
                assert (user, password) == (b"me", b"pw")
                zap.send_multipart([version, number, b"200", b"OK", b"", b""])
                end = time.monotonic() + 2.5
                while time.monotonic() < end:
                    transport.wait(0.02)
                    assert transport.receive() is None
                assert transport.lost is None
                route, *parts = router.recv_multipart()
                assert parts == [b"a", b"b" * 70_000]
                router.send_multipart([route, b"", b"c" * 3_000_000])
                while (answer := transport.receive()) is None:
                    transport.wait(1)
                assert answer == [b"", b"c" * 3_000_000]
                transport.close()

    def test_a_closed_port_is_said_at_once(self, daemon: RunningDaemon) -> None:
        client = daemon.client()
        client.close()
        with pytest.raises(DaemonUnreachable):
            client.ask(Ping())
