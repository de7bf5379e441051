"""The simulation behind SCALE.md's table of workers."""

from __future__ import annotations

import pytest

from tests import artists


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artists, "_DRAGS", 5_000)


def test_nobody_waits_where_each_has_a_worker() -> None:
    assert artists.in_time(7, 7) == 1.0


def test_two_who_share_one_wait_as_the_theory_says() -> None:
    """Of two, one that presses finds the other one dragging in 10 of 100 cases, and then the rest
    of a drag is longer than a tenth of a second in 99 of 100."""
    assert artists.in_time(2, 1) == pytest.approx(0.9, abs=0.02)


def test_the_fewest_workers_are_found() -> None:
    found = artists.workers_for(100)
    assert artists.in_time(100, found) >= artists.IN_TIME > artists.in_time(100, found - 1)
