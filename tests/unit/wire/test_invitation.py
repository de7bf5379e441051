"""Invitations: one line, whole or refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.wire.errors import BadInput
from draggan_server.wire.invitation import (
    DEFAULT_PORT,
    Address,
    Invitation,
    accept_invitation,
    accepted_invitation,
    invitation_file,
)

KEYS = (b"s" * 32, b"p" * 32, b"x" * 32)
INVITATION = Invitation(Address("studio.example", 7000), *KEYS)


@pytest.mark.parametrize(
    ("text", "address", "said"),
    [
        ("192.168.1.5", Address("192.168.1.5", DEFAULT_PORT), f"192.168.1.5:{DEFAULT_PORT}"),
        ("studio.local:80", Address("studio.local", 80), "studio.local:80"),
        (" [fd00::5]:7000 ", Address("fd00::5", 7000), "[fd00::5]:7000"),
        ("[::1]", Address("::1", DEFAULT_PORT), f"[::1]:{DEFAULT_PORT}"),
    ],
)
def test_an_address(text: str, address: Address, said: str) -> None:
    assert Address.parse(text) == address
    assert str(address) == said
    assert Address.parse(said) == address


@pytest.mark.parametrize(
    "text", ["", ":80", "host:", "host:0", "host:65536", "a b", "::1", "[host]:1", "tcp://h:1", "é"]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(BadInput, match="is no address"):
        Address.parse(text)


def test_an_address_that_stands_for_all_of_a_machine() -> None:
    assert Address.parse("0.0.0.0").is_any
    assert Address.parse("[::]:1").is_any
    assert not Address.parse("host").is_any
    assert not Address.parse("127.0.0.1").is_any


@given(*(st.binary(min_size=32, max_size=32) for _ in range(3)))
def test_a_line_comes_back(server: bytes, public: bytes, secret: bytes) -> None:
    for place in (Address("h", 1), Address("fd00::5", 7000)):
        invitation = Invitation(place, server, public, secret)
        line = invitation.to_line()
        assert Invitation.parse(line) == invitation
        assert Invitation.parse(f"  {line[:30]}\n {line[30:]}\n") == invitation


@given(st.integers(0, len(INVITATION.to_line()) - 1), st.sampled_from("AZaz09-_.:/ []"))
def test_a_line_with_another_character_is_refused(place: int, other: str) -> None:
    line = INVITATION.to_line()
    changed = line[:place] + other + line[place + 1 :]
    if changed != line:
        with pytest.raises(BadInput):
            Invitation.parse(changed)


@given(st.text(max_size=300))
def test_any_text_is_refused_with_a_sentence(text: str) -> None:
    for line in (text, f"draggan://{text}", f"draggan://h:1/{text}"):
        with pytest.raises(BadInput):
            Invitation.parse(line)


def test_its_secret_is_not_in_its_repr() -> None:
    assert "xxx" not in repr(INVITATION)


def test_one_that_is_accepted_lies_where_only_its_owner_reads(tmp_path: Path) -> None:
    connection_file = tmp_path / "connection.json"
    assert accepted_invitation(connection_file) is None
    accept_invitation(connection_file, INVITATION)
    assert accepted_invitation(connection_file) == INVITATION
    assert invitation_file(connection_file).stat().st_mode & 0o077 == 0
    accept_invitation(connection_file, None)
    accept_invitation(connection_file, None)
    assert accepted_invitation(connection_file) is None


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", b"\xff\xfe", INVITATION.to_line().encode()[:-1]]
)
def test_a_damaged_one_is_said(tmp_path: Path, data: bytes) -> None:
    connection_file = tmp_path / "connection.json"
    invitation_file(connection_file).write_bytes(data)
    with pytest.raises(BadInput, match="delete it"):
        accepted_invitation(connection_file)
