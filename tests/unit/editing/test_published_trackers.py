"""Weights of trackers as their authors publish them: brought, used, and what is refused."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from draggan_server.editing import drag
from draggan_server.editing.trackers import pips, published, raft
from draggan_server.models import zoo
from draggan_server.wire.drag_config import Tracking, drag_config
from draggan_server.wire.errors import BadInput
from stylegan2.digest import sha256_of
from stylegan2.errors import CheckpointError
from tests.unit.editing.test_every_method import small_generator

POINTS = torch.tensor([[[4.0, 5.0], [9.0, 7.0]]])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setattr(zoo, "user_folder", lambda: folder)
    return folder


def random(name: Tracking) -> nn.Module:
    torch.manual_seed(3)
    return published.PUBLISHED[name].network().eval()


def save(network: nn.Module, path: Path, kind: str) -> Path:
    """As authors write it."""
    state: dict[str, Any] = network.state_dict()
    if kind == "of training":
        few = [nn.Parameter(torch.ones(2))]
        optimizer = torch.optim.Adam(few)
        few[0].sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        state = {"optimizer_state_dict": optimizer.state_dict(), "model_state_dict": state}
    elif kind == "wrapped":
        state = {"state_dict": {f"module.{key}": value for key, value in state.items()}}
    torch.save(state, path, _use_new_zipfile_serialization=kind != "old")
    return path


def same(one: nn.Module, other: nn.Module) -> None:
    expected = other.state_dict()
    assert all(torch.equal(value, expected[key]) for key, value in one.state_dict().items())


@pytest.mark.parametrize("kind", ["of training", "wrapped", "alone", "old"])
def test_the_weights_of_raft_are_those_in_the_file(tmp_path: Path, kind: str) -> None:
    theirs = random("raft")
    file = save(theirs, tmp_path / "raft_small.pth", kind)
    card = published.bring("raft", file)
    assert (card["source"], card["source_sha256"]) == (file.name, sha256_of(file))
    assert card["licence"] == "BSD-3-Clause"
    ours = published.network("raft")
    assert isinstance(theirs, raft.Raft)
    assert isinstance(ours, raft.Raft)
    pictures = torch.rand(2, 3, 128, 136) * 2 - 1
    with torch.no_grad():
        (*_, expected), (*_, found) = (
            network.motions(pictures[:1], tuple(network.encode(pictures)[:, None]), 2)
            for network in (theirs, ours)
        )
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)
    assert float(found.abs().max()) > 0.01
    same(ours, theirs)


def test_the_weights_of_pips_are_those_in_the_file(tmp_path: Path) -> None:
    theirs = random("pips")
    file = save(theirs, tmp_path / "model-000200000.pth", "of training")
    assert published.bring("pips", file)["page"] == "https://github.com/aharley/pips"
    ours = published.network("pips")
    assert isinstance(theirs, pips.Pips)
    assert isinstance(ours, pips.Pips)
    pictures = torch.rand(pips.PUBLISHED.frames, 3, 64, 72) * 2 - 1
    with torch.no_grad():
        (*_, expected), (*_, found) = (
            network.tracks(network.encode(pictures)[None], POINTS, 2) for network in (theirs, ours)
        )
    torch.testing.assert_close(found.places, expected.places, atol=1e-4, rtol=0)
    torch.testing.assert_close(found.seen, expected.seen, atol=1e-4, rtol=0)
    same(ours, theirs)


@pytest.mark.parametrize("name", ["raft", "pips"])
def test_models_that_our_own_weights_do_not_know_are_dragged_by_them(
    tmp_path: Path, name: Tracking, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = pips.PipsGeometry(features=32, encoder=(8, 8, 8, 8), levels=2, width=16, depth=1)
    if name == "pips":  # 28 million weights tell no more here
        entry = published.Published(lambda: pips.Pips(small), "https://example.org", "CC0-1.0")
        monkeypatch.setitem(published.PUBLISHED, "pips", entry)
    generator = small_generator()
    w_plus = generator.mapping(torch.ones(1, generator.z_dim))
    handle, target = torch.tensor([[9.0, 9.0]]), torch.tensor([[12.0, 9.0]])
    config = drag_config("draggan", tracker=name, max_steps=1)
    with pytest.raises(BadInput, match=f"draggan models tracker {name} FILE"):
        drag(generator, w_plus, handle, target, None, config)
    published.bring(name, save(random(name), tmp_path / "weights.pth", "alone"))
    assert len(list(drag(generator, w_plus, handle, target, None, config))) == 2


def test_they_are_no_model(tmp_path: Path) -> None:
    models = zoo.list_models()
    published.bring("raft", save(random("raft"), tmp_path / "raft_small.pth", "alone"))
    assert zoo.list_models() == models
    assert zoo.list_diffusion() == []


class Hostile:
    def __init__(self, loot: Path) -> None:
        self._loot = loot

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._loot,)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_that_runs_something_is_refused_and_nothing_runs(
    tmp_path: Path, folder: Path, zipped: bool
) -> None:
    loot, file = tmp_path / "loot", tmp_path / "raft_small.pth"
    state = {**random("raft").state_dict(), "more": Hostile(loot)}
    if zipped:
        torch.save({"model_state_dict": state}, file)
    else:
        file.write_bytes(pickle.dumps(Hostile(loot)))
    with pytest.raises(CheckpointError, match=r"raft_small\.pth is refused\."):
        published.bring("raft", file)
    assert not loot.exists()
    assert not published.is_here("raft")
    assert list((folder / "trackers").iterdir()) == []


def test_other_weights_are_refused_by_what_is_wrong_and_those_that_were_there_stay(
    tmp_path: Path,
) -> None:
    right = random("raft")
    published.bring("raft", save(right, tmp_path / "right.pth", "alone"))
    lion = save(raft.Raft(raft.LION), tmp_path / "lion.pth", "alone")
    with pytest.raises(
        CheckpointError, match=r"lion\.pth is refused\. It holds other weights: the tensor .* shape"
    ):
        published.bring("raft", lion)
    other = save(pips.Pips(pips.LION), tmp_path / "pips.pth", "of training")
    with pytest.raises(CheckpointError, match=r"other weights: the tensor 'feature_.* is missing"):
        published.bring("raft", other)
    damaged = random("raft")
    with torch.no_grad():
        next(damaged.parameters()).fill_(torch.nan)
    with pytest.raises(CheckpointError, match="not finite"):
        published.bring("raft", save(damaged, tmp_path / "damaged.pth", "alone"))
    page = tmp_path / "page.pth"
    page.write_text("<!doctype html>")
    with pytest.raises(CheckpointError, match="web page"):
        published.bring("raft", page)
    same(published.network("raft"), right)
