"""Models that a node is brought."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from draggan_server.models import zoo
from draggan_server.worker.brought_models import BroughtModels

LION = zoo.find(zoo.DEFAULT_MODEL)


def bring(models: BroughtModels, piece: int = 1 << 20) -> None:
    data = LION.path.read_bytes()
    for begin in range(0, len(data), piece):
        models.take(LION.sha256, data[begin : begin + piece])
    models.take(LION.sha256, b"")


def test_one_comes_in_pieces_and_is_found_by_what_it_is_called(tmp_path: Path) -> None:
    models = BroughtModels(tmp_path)
    assert not models.has("/elsewhere/leo.safetensors", "leo", LION.sha256)
    bring(models)
    assert models.has("/elsewhere/leo.safetensors", "leo", LION.sha256)
    found = models.find("/elsewhere/leo.safetensors")
    assert (found.name, found.sha256) == ("leo", LION.sha256)
    assert found.path.parent == tmp_path
    assert models.find_installed("/elsewhere/leo.safetensors") == found
    assert os.listdir(tmp_path) == [found.path.name]
    assert BroughtModels(tmp_path).has("leo", "leo", LION.sha256)  # another worker of the node


def test_what_the_node_has_itself_is_not_brought(tmp_path: Path) -> None:
    models = BroughtModels(tmp_path)
    assert models.has(LION.name, LION.name, LION.sha256)
    assert models.find(LION.name).path == LION.path
    assert not models.has(LION.name, LION.name, "0" * 64)


def test_a_damaged_one_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    models = BroughtModels(tmp_path)
    models.take(LION.sha256, b"something else")
    with pytest.raises(ValueError, match="damaged"):
        models.take(LION.sha256, b"")
    assert os.listdir(tmp_path) == []
    bring(models)
    assert models.has("leo", "leo", LION.sha256)


def test_the_zoo_says_what_is_not_there(tmp_path: Path) -> None:
    models = BroughtModels(tmp_path)
    with pytest.raises(zoo.ModelNotFoundError):
        models.find("unicorn")
    with pytest.raises(zoo.ModelNotFoundError):
        models.find_installed("unicorn")
