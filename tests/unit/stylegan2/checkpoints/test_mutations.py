"""A valid file that was damaged is read or refused: nothing else, and in little time."""

from __future__ import annotations

import io
import random

import pytest

from stylegan2 import CheckpointError
from stylegan2.checkpoints.reading import read_bytes
from tests.unit.stylegan2.checkpoints import nvlabs_writer, rosinality_writer
from tests.unit.stylegan2.checkpoints.layouts import LAYOUTS
from tests.unit.stylegan2.checkpoints.mutations import mutated
from tests.unit.stylegan2.checkpoints.tiny import tiny

COUNTS = {
    "ada": 4_000,
    "average only": 40_000,
    "pti": 40_000,
    "pti, old": 30_000,
    "tensorflow": 6_000,
    "rosinality, old": 40_000,
    "e4e": 38_000,
    "without an average": 2_000,
}
"""Fewer of those that take longer: discriminators, networks in training, means to be found."""


def written(name: str) -> bytes:
    if name == "without an average":
        networks = tiny(1)
        state = rosinality_writer.generator_state(networks.generator, networks.generator_tensors)
        return nvlabs_writer.torch_bytes({"g_ema": state}, zipped=False)
    layout = LAYOUTS[name]
    return layout.write(tiny(2 if layout.has_discriminator else 1))


def test_there_are_enough_of_them() -> None:
    assert sum(COUNTS.values()) == 200_000


@pytest.mark.parametrize("name", COUNTS)
def test_a_damaged_file_is_read_or_refused(name: str) -> None:
    content = written(name)
    random_ = random.Random(name)
    refused = 0
    for _ in range(COUNTS[name]):
        damaged = mutated(content, random_)
        try:
            read_bytes(memoryview(damaged), io.BytesIO(damaged)).describe()
        except CheckpointError:
            refused += 1
    # Most of it is structure, the rest are weights of which any would do.
    assert 0.5 * COUNTS[name] < refused < COUNTS[name]
