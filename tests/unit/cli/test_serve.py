"""How long the daemon waits for requests."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from draggan_server.broker import service
from draggan_server.cli.daemon import serve


@pytest.mark.parametrize(
    ("arguments", "seconds"),
    [([], 1800.0), (["--idle-minutes", "0.5"], 30.0), (["--idle-minutes", "0"], math.inf)],
)
def test_the_minutes_say_when_the_daemon_leaves(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], seconds: float
) -> None:
    waited = []

    def run(_: Path, idle_seconds: float) -> int:
        waited.append(idle_seconds)
        return 0

    monkeypatch.setattr(service, "serve", run)
    assert CliRunner().invoke(serve, arguments).exit_code == 0
    assert waited == [seconds]


def test_less_than_nothing_is_refused() -> None:
    assert CliRunner().invoke(serve, ["--idle-minutes", "-1"]).exit_code == 2
