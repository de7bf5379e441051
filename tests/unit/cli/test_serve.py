"""How long the daemon waits for requests."""

from __future__ import annotations

import math
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from draggan_server.broker import service
from draggan_server.cli.daemon import serve
from draggan_server.cli.service import install
from draggan_server.wire.invitation import Address


@pytest.mark.parametrize(
    ("arguments", "seconds"),
    [
        ([], 1800.0),
        (["--idle-minutes", "0.5"], 30.0),
        (["--idle-minutes", "0"], math.inf),
        (["--listen", "0.0.0.0"], math.inf),
        (["--listen", "[::1]:7000", "--idle-minutes", "1"], 60.0),
    ],
)
def test_the_minutes_say_when_the_daemon_leaves(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], seconds: float
) -> None:
    waited = []

    def run(
        _: Path,
        idle_seconds: float,
        listen: Address | None,
        make_workers: object,
        dashboard: str,
    ) -> int:
        waited.append(idle_seconds)
        return 0

    monkeypatch.setattr(service, "serve", run)
    assert CliRunner().invoke(serve, arguments).exit_code == 0
    assert waited == [seconds]


@pytest.mark.parametrize("text", ["", "a b", "host:0", "host:70000", "::1", "[x]:1", "http://x"])
def test_what_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(service, "serve", lambda *_, **__: 0)
    done = CliRunner().invoke(serve, ["--listen", text])
    assert "is no address" in str(done.exception)


@pytest.mark.parametrize("command", [serve, install])
def test_less_than_nothing_is_refused(command: click.Command) -> None:
    assert CliRunner().invoke(command, ["--idle-minutes", "-1"]).exit_code == 2


@pytest.mark.parametrize("command", [serve, install])
@pytest.mark.parametrize("option", ["--idle-minutes", "--gpus-per-worker", "--cpus-per-worker"])
@pytest.mark.parametrize("text", ["nan", "inf"])
def test_what_is_no_finite_number_is_refused(
    command: click.Command, option: str, text: str
) -> None:
    done = CliRunner().invoke(command, [option, text])
    assert (done.exit_code, f"'{text}' is not a finite number" in done.output) == (2, True)


@pytest.mark.parametrize("count", ["0", "65", "many"])
def test_a_number_of_workers_that_cannot_be_is_refused(count: str) -> None:
    assert CliRunner().invoke(serve, ["--workers", count]).exit_code == 2
