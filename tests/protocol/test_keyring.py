"""The keys of guests on disk."""

from __future__ import annotations

import base64
import threading
from pathlib import Path

import pytest
import zmq
from zmq.utils import z85

from draggan_server.broker.keyring import FILE_NAME, Keyring
from draggan_server.wire.errors import BadInput
from draggan_server.wire.invitation import Address

HERE = Address("127.0.0.1", 7000)


def test_a_guest_is_known_by_its_key(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    anna, ben = ring.invite("anna", HERE), ring.invite("ben", HERE)
    assert anna.server_key == ben.server_key
    assert z85.decode(zmq.curve_public(z85.encode(anna.secret_key))) == anna.public_key
    assert z85.decode(zmq.curve_public(z85.encode(ring.secret_key))) == anna.server_key
    again = Keyring(tmp_path)
    assert again.secret_key == ring.secret_key
    identity = again.identity_of(anna.public_key)
    assert identity is not None
    assert again.guest(identity) == "anna"
    assert again.identity_of(anna.secret_key) is None
    assert again.guest("anna") is None


def test_only_its_owner_reads_it_and_no_secret_of_a_guest_is_in_it(tmp_path: Path) -> None:
    invitation = Keyring(tmp_path).invite("anna", HERE)
    file = tmp_path / FILE_NAME
    assert file.stat().st_mode & 0o077 == 0
    packed = invitation.to_line()[-136:]
    assert packed not in file.read_text()
    assert base64.b64encode(invitation.public_key).decode() in file.read_text()
    assert base64.b64encode(invitation.secret_key).decode() not in file.read_text()


def test_a_change_is_seen_by_a_daemon_that_runs(tmp_path: Path) -> None:
    daemon, command = Keyring(tmp_path), Keyring(tmp_path)
    anna = command.invite("anna", HERE)
    assert daemon.identity_of(anna.public_key) is None
    assert daemon.look_again() == []
    assert daemon.identity_of(anna.public_key) is not None
    command.revoke("anna")
    later = command.invite("anna", HERE)
    assert daemon.look_again() == ["anna"]
    assert daemon.look_again() == []
    assert daemon.identity_of(anna.public_key) is None
    assert daemon.identity_of(later.public_key) is not None


def test_a_damaged_file_locks_nobody_out_while_the_daemon_runs(tmp_path: Path) -> None:
    daemon = Keyring(tmp_path)
    anna = daemon.invite("anna", HERE)
    for damage in (b"{", b'{"public_key": "", "secret_key": ""}'):
        (tmp_path / FILE_NAME).write_bytes(damage)
        assert daemon.look_again() == []
        assert daemon.identity_of(anna.public_key) is not None
        with pytest.raises(BadInput, match="put a copy of the file back"):
            Keyring(tmp_path)


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "x" * 33, "ä"])
def test_what_cannot_be_a_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="cannot be a name"):
        Keyring(tmp_path).invite(name, HERE)


def test_a_name_is_had_once(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    ring.invite("anna", HERE)
    with pytest.raises(BadInput, match="has a key already"):
        Keyring(tmp_path).invite("anna", HERE)
    with pytest.raises(BadInput, match="Nobody of the name"):
        ring.revoke("ben")


def test_changes_at_once_are_all_there(tmp_path: Path) -> None:
    Keyring(tmp_path)
    threads = [
        threading.Thread(target=lambda n=n: Keyring(tmp_path).invite(f"guest-{n}", HERE))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {guest.name for guest in Keyring(tmp_path).guests} == {f"guest-{n}" for n in range(8)}


def test_where_the_daemon_listened_last(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    assert ring.address == ""
    ring.listens(HERE)
    assert Keyring(tmp_path).address == "127.0.0.1:7000"
