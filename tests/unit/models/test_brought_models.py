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


def test_what_was_learned_is_brought_beside(tmp_path: Path) -> None:
    models = BroughtModels(tmp_path / "models", tmp_path / "learned")
    name = f"{LION.sha256}-encoder-3.safetensors"
    assert not models.has_learned(name)
    for piece in (b"one", b"two", b""):
        models.take_learned(name, piece)
    assert models.has_learned(name)
    assert [path.name for path in (tmp_path / "learned").iterdir()] == [name]
    assert (tmp_path / "learned" / name).read_bytes() == b"onetwo"
    with pytest.raises(ValueError, match="no name of a file"):
        models.take_learned("../x", b"one")


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
