"""Samples to pick from in Krita's docker, with the default model on a real daemon."""

from __future__ import annotations

import pytest

from draggan_server.wire.sample_record import SampleRecord
from draggan_server.wire.state import EditState
from tests.hosts.krita.krita_host import KritaHost

pytestmark = pytest.mark.krita


def test_a_picture_is_picked_from_the_grid(krita: KritaHost, daemon: dict[str, str]) -> None:
    said = krita.run("grid:picking", env=daemon, seconds=240)
    assert said["first"] == [f"Seed {seed}" for seed in range(12)]
    assert said["seed"] == 5
    assert said["scrolled to"] == [True, True]  # and what is below is still to come
    assert said["all in sight"]
    assert said["like"][0] == "Seed 5"
    assert said["like"][2] == "65% of seed 5, and others: 1"
    assert (said["between"][0], said["between"][-1]) == ("Seed 2", "Seed 5")
    assert all("% of seed " in words for words in said["between"][1:-1])
    assert said["names"][-1] == "toy-lion, seed 5"
    mixed = EditState.from_json(said["mixed"]).content
    assert isinstance(mixed, SampleRecord)
    weights = dict(mixed.parts)
    assert sorted(weights) == [2, 5]
    assert said["between"][4].startswith(f"{max(weights.values()):.0%} of seed {mixed.seed},")
