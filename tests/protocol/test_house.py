"""A daemon that listens for other machines: who is let in, by which way, and for how long.

Daemon, relay and clients are processes of their own on this machine; the network between them is
the loopback interface.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import zmq
from zmq.utils import z85

from draggan_server.broker.keyring import Keyring
from draggan_server.wire.client import Client
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.errors import DaemonUnreachable, UnknownModel
from draggan_server.wire.install_record import InstallRecord
from draggan_server.wire.invitation import Address, Invitation, accept_invitation
from draggan_server.wire.messages import (
    CancelDrag,
    DragCancelled,
    DragProgress,
    Failure,
    GetStatus,
    OpenEdit,
    Ping,
    Pong,
    SampleSource,
    Shutdown,
)
from draggan_server.wire.transport import PURE_VARIABLE
from tests.benchmarks.delayed import delayed_link
from tests.patience import patient
from tests.protocol.daemons import (
    IDLE_SECONDS,
    RunningDaemon,
    connect,
    own_home,
    private_environment,
    record_of,
    wait_until,
)
from tests.protocol.fake_engine import Behaviour
from tests.protocol.linked import Inbox, pump_until
from tests.protocol.test_over_sockets import (
    drag_of,
    open_edit,
    pictures_of,
    watched_drag,
    watched_end,
)

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")

_names = (f"guest-{number}" for number in itertools.count(1))


def free_port(host: str = "127.0.0.1") -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as free:
        free.bind((host, 0))
        port: int = free.getsockname()[1]
        return port


class HouseDaemon(RunningDaemon):
    """A daemon that listens at an address of this machine."""

    def __init__(
        self, home: Path, host: str = "127.0.0.1", idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self.address = Address(host, free_port(host))
        super().__init__(home, idle_seconds, listen=str(self.address))

    @property
    def keyring(self) -> Keyring:
        return Keyring(self.record.connection_file.parent)

    def invite(self, name: str | None = None) -> Invitation:
        return self.keyring.invite(name or next(_names), self.address)

    def said(self) -> str:
        return self.log.read_text()


class RelayProcess(RunningDaemon):
    """The relay of somebody who was invited, with a home of their own."""

    def __init__(self, home: Path, invitation: Invitation) -> None:
        accept_invitation(record_of(home).connection_file, invitation)
        super().__init__(home)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HouseDaemon]:
    with HouseDaemon(tmp_path_factory.mktemp("house")) as daemon:
        yield daemon


@pytest.fixture
def relay(house: HouseDaemon, tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path, house.invite()) as relay:
        yield relay


@contextlib.contextmanager
def peer(
    house: HouseDaemon, invitation: Invitation | None, **options: object
) -> Iterator[zmq.Socket[bytes]]:
    """A DEALER at the house's port, with the keys of an invitation or with none."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.linger = 0
        if invitation is not None:
            dealer.curve_serverkey = invitation.server_key
            dealer.curve_publickey = invitation.public_key
            dealer.curve_secretkey = invitation.secret_key
        for name, value in options.items():
            setattr(dealer, name, value)
        dealer.connect(house.address.endpoint)
        yield dealer


def new_keys() -> tuple[bytes, bytes]:
    public, secret = zmq.curve_keypair()
    return z85.decode(public), z85.decode(secret)


class TestWhoIsLetIn:
    def test_one_with_an_invitation(self, house: HouseDaemon) -> None:
        with peer(house, house.invite("anna")) as dealer:
            dealer.send(b"garbage")
            assert dealer.poll(patient(5000))
        assert "anna/" in house.said()

    @pytest.mark.parametrize("what", ["secret", "pair", "server", "none", "password"])
    def test_nobody_else(self, house: HouseDaemon, what: str) -> None:
        good = house.invite()
        before = house.said().count("cannot be read")
        invitation: Invitation | None = good
        options: dict[str, object] = {}
        public, secret = new_keys()
        if what == "secret":
            invitation = replace(good, secret_key=secret)
        elif what == "pair":
            invitation = replace(good, public_key=public, secret_key=secret)
        elif what == "server":
            invitation = replace(good, server_key=public)
        else:
            invitation = None
        if what == "password":
            options = {"plain_username": b"draggan", "plain_password": house.connection.secret}
            options["plain_password"] = house.connection.secret.encode()
        with peer(house, invitation, **options) as dealer:
            for _ in range(3):
                dealer.send(b"garbage")
            assert dealer.poll(400) == 0
        if what == "pair":
            wait_until(lambda: "refused a connection from 127.0.0.1" in house.said())
        assert house.said().count("cannot be read") == before

    @pytest.mark.parametrize(
        "data",
        [
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\n" + b"x" * 400,
            b"\x01\x00\x07garbage" * 50,
            b"\xff" + bytes(8) + b"\x7f\x01\x01\x00\x00" + b"\x00\x07garbage" * 50,
            b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48) + b"\x04\x06\x05READY\x00\x01x",
            random.Random(2).randbytes(100_000),
        ],
        ids=["http", "zmtp 1", "zmtp 2", "null", "random"],
    )
    def test_no_other_protocol(self, house: HouseDaemon, data: bytes) -> None:
        before = house.said().count("cannot be read")
        place = (house.address.host, house.address.port)
        with socket.create_connection(place, timeout=patient(5)) as raw:
            with contextlib.suppress(ConnectionError):
                raw.sendall(data)
            time.sleep(0.2)
        assert house.said().count("cannot be read") == before
        assert house.status().pid == house.process.pid

    def test_a_key_of_another_daemon(self, house: HouseDaemon, tmp_path: Path) -> None:
        other = Keyring(tmp_path).invite("anna", house.address)
        with peer(house, replace(other, server_key=house.invite().server_key)) as dealer:
            dealer.send(b"garbage")
            assert dealer.poll(400) == 0

    def test_by_ipv6(self, tmp_path: Path) -> None:
        if not socket.has_ipv6:
            pytest.skip("no IPv6 here")
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
            (tmp_path / "house").mkdir()
            (tmp_path / "own").mkdir()
            with (
                HouseDaemon(tmp_path / "house", "::1") as daemon,
                RelayProcess(tmp_path / "own", daemon.invite()) as relay,
            ):
                assert relay.status().pid == daemon.process.pid
                assert "connects from ::1" in daemon.said()
            return
        pytest.skip("no IPv6 address here")


class TestARevokedKey:
    def test_ends_a_live_connection_and_its_drag(self, house: HouseDaemon, tmp_path: Path) -> None:
        invitation = house.invite("carl")
        with RelayProcess(tmp_path, invitation) as relay, house.client() as other:
            with relay.client() as client:
                edit = open_edit(client, Behaviour.PREPARING)  # which never ends by itself
                drag = Inbox(client, drag_of(edit))
                pump_until(client, drag, DragProgress)
                assert house.status().drags == 1
                house.keyring.revoke("carl")
                failure = pump_until(client, drag, Failure)
                assert "was taken back" in failure.message
                wait_until(lambda: house.status().drags == 0)
                wait_until(lambda: "a connection of carl/" in house.said())
            with pytest.raises(DaemonUnreachable, match="does not take your invitation"):
                relay.client()
            assert other.ask(Ping()) == Pong()

    def test_holds_for_those_who_said_nothing_yet(self, house: HouseDaemon) -> None:
        invitation = house.invite("dora")
        with peer(house, invitation) as dealer:
            wait_until(lambda: "dora/" in house.said())
            house.keyring.revoke("dora")
            house.keyring.invite("dora", house.address)  # another one of that name
            time.sleep(1.5)
            before = house.said().count("cannot be read")
            dealer.send(b"garbage")
            assert dealer.poll(500) == 0
            assert house.said().count("cannot be read") == before


@pytest.fixture(params=["pyzmq", "pure"])
def client(
    request: pytest.FixtureRequest, relay: RelayProcess, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    monkeypatch.delenv(PURE_VARIABLE, raising=False)
    if request.param == "pure":
        monkeypatch.setenv(PURE_VARIABLE, "1")
    client = relay.client()
    yield client
    client.close()


class TestThroughTheRelay:
    def test_a_drag_from_a_seed_to_a_result(self, client: Client, house: HouseDaemon) -> None:
        assert client.ask(GetStatus()).pid == house.process.pid
        progress, finished = watched_drag(client)
        assert pictures_of(progress) >= 2
        assert finished.layer.data[:4] == watched_end(finished)

    def test_models_by_name_only(self, client: Client) -> None:
        with pytest.raises(UnknownModel):
            client.ask(OpenEdit(SampleSource("/etc/passwd", 1)))

    def test_a_program_that_goes_ends_its_drag(
        self, client: Client, relay: RelayProcess, house: HouseDaemon
    ) -> None:
        edit = open_edit(client, Behaviour.PREPARING)  # which never ends by itself
        pump_until(client, Inbox(client, drag_of(edit)), DragProgress)
        assert house.status().drags == 1
        client.close()
        wait_until(lambda: house.status().drags == 0, seconds=5)

    def test_stop_ends_the_relay_and_nothing_else(
        self, client: Client, relay: RelayProcess, house: HouseDaemon
    ) -> None:
        client.ask(Shutdown())
        relay.process.communicate(timeout=patient(10))
        assert relay.process.returncode == 0
        assert not relay.record.connection_file.exists()
        assert house.status().pid == house.process.pid

    def test_the_other_machine_goes_in_the_middle(self, tmp_path: Path) -> None:
        for name in ("house", "own"):
            (tmp_path / name).mkdir()
        with (
            HouseDaemon(tmp_path / "house") as daemon,
            RelayProcess(tmp_path / "own", daemon.invite()) as relay,
        ):
            with relay.client() as client:
                drag = Inbox(client, drag_of(open_edit(client, Behaviour.PREPARING)))
                pump_until(client, drag, DragProgress)
                daemon.process.kill()
                daemon.process.communicate()
                failure = pump_until(client, drag, Failure)
                assert failure.code == "unreachable"
                assert str(daemon.address) in failure.message
            began = time.monotonic()
            with pytest.raises(DaemonUnreachable, match="cannot be reached: it may be off"):
                relay.client()
            assert time.monotonic() - began < patient(5)

    def test_a_network_that_is_cut_for_twenty_seconds_costs_the_drag_and_not_the_edit(
        self, house: HouseDaemon, tmp_path: Path
    ) -> None:
        near = Address("127.0.0.1", free_port())
        invitation = house.keyring.invite(next(_names), near)
        with contextlib.ExitStack() as stack:
            link = stack.enter_context(delayed_link(near.port, house.address.port, 0.0))
            relay = stack.enter_context(RelayProcess(tmp_path, invitation))
            client = stack.enter_context(relay.client())
            request = drag_of(open_edit(client, Behaviour.PREPARING))  # which never ends
            drag = Inbox(client, request)
            pump_until(client, drag, DragProgress)
            link.send_signal(signal.SIGSTOP)
            cut = time.monotonic()
            try:
                failure = pump_until(client, drag, Failure)
                time.sleep(max(0.0, cut + 20 - time.monotonic()))
            finally:
                link.send_signal(signal.SIGCONT)
            assert failure.code == "unreachable"
            assert str(near) in failure.message
            again = stack.enter_context(relay.client())
            wait_until(lambda: house.status().drags == 0)
            more = Inbox(again, request)
            pump_until(again, more, DragProgress)
            again.send(CancelDrag(more.id))
            assert pump_until(again, more, DragCancelled).edit_id == request.edit_id

    def test_it_is_started_as_a_daemon_is(self, house: HouseDaemon, tmp_path: Path) -> None:
        with own_home(tmp_path) as record:
            accept_invitation(record.connection_file, house.invite())
            with connect(record) as client:
                assert client.ask(GetStatus()).pid == house.process.pid
                assert ConnectionFile.read(record.connection_file).pid != house.process.pid
                with contextlib.suppress(DaemonUnreachable):
                    client.ask(Shutdown())
            wait_until(lambda: not record.connection_file.exists())


class TestWhatIsRefused:
    def serve(self, home: Path, listen: str) -> str:
        """What a daemon that is to listen there says before it ends."""
        record: InstallRecord = record_of(home, listen=listen)
        done = subprocess.run(
            record.command,
            env=private_environment(home),
            capture_output=True,
            text=True,
            timeout=patient(30),
            check=False,
        )
        assert done.returncode != 0
        assert not record.connection_file.exists()
        return done.stderr

    def test_a_port_that_is_taken(self, house: HouseDaemon, tmp_path: Path) -> None:
        assert "cannot listen at" in self.serve(tmp_path, str(house.address))

    def test_an_address_of_another_machine(self, tmp_path: Path) -> None:
        assert "cannot listen at" in self.serve(tmp_path, "192.0.2.1:7000")

    def test_serving_and_being_served(self, house: HouseDaemon, tmp_path: Path) -> None:
        accept_invitation(record_of(tmp_path).connection_file, house.invite())
        said = self.serve(tmp_path, f"127.0.0.1:{free_port()}")
        assert "cannot serve others itself" in said

    def test_an_endpoint_beyond_loopback_without_keys(self, tmp_path: Path) -> None:
        path = tmp_path / "connection.json"
        ConnectionFile("tcp://192.0.2.1:7000", "draggan", "secret", 1, "0").write(path)
        with pytest.raises(DaemonUnreachable, match="not a port of this machine"):
            ConnectionFile.read(path)

    def test_without_listen_no_port_is_open_to_others(self, tmp_path: Path) -> None:
        with RunningDaemon(tmp_path) as daemon:
            lines = Path(f"/proc/{daemon.process.pid}/net/tcp").read_text().splitlines()
            lines += Path(f"/proc/{daemon.process.pid}/net/tcp6").read_text().splitlines()
            inodes = {
                link.readlink().name
                for link in Path(f"/proc/{daemon.process.pid}/fd").iterdir()
                if str(link.readlink()).startswith("socket:")
            }
            listening = [
                fields[1]
                for fields in map(str.split, lines)
                if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes
            ]
            assert listening
            assert all(place.startswith("0100007F:") for place in listening)
