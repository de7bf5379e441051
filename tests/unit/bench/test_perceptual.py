"""LPIPS is used where it is installed, and never missed loudly."""

from __future__ import annotations

import sys
from types import ModuleType
from urllib.error import URLError

import pytest
import torch

from draggan_server.bench.quality.perceptual import load_lpips


class _Network:
    def __init__(self, net: str, verbose: bool) -> None:
        assert net == "alex"

    def eval(self) -> _Network:
        return self

    def __call__(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        assert a.shape == b.shape == (1, 3, 8, 8)
        return (a - b).abs().mean().reshape(1, 1, 1, 1)


def _install(monkeypatch: pytest.MonkeyPatch, network: object) -> None:
    module = ModuleType("lpips")
    module.LPIPS = network  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lpips", module)


def test_an_installed_lpips_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, _Network)
    distance = load_lpips()
    assert distance is not None
    assert distance(torch.zeros(3, 8, 8), torch.full((3, 8, 8), 0.25)) == 0.25


def test_without_lpips_there_is_no_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lpips", None)
    assert load_lpips() is None


def test_weights_that_cannot_be_had_are_no_distance(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(**_: object) -> None:
        raise URLError("no route")

    _install(monkeypatch, refuse)
    assert load_lpips() is None
    assert "no route" in caplog.text
