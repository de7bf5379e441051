"""What is said of PyTorch, the cards, the disk and the folders."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from draggan_server.doctor import machine_checks
from draggan_server.doctor.machine_checks import check_machine, check_torch
from draggan_server.graphics import AMD, INTEL, NVIDIA, Graphics, NvidiaDriver

TORCH = {"version": "2.13.0+cpu", "cuda": None, "hip": None, "xpu": False, "device": "cpu"}
CUDA = {**TORCH, "version": "2.13.0", "cuda": "13.0", "error": "driver too old (found 12020)"}
ROCM = {**TORCH, "hip": "7.1", "error": "no device"}
RUNS = NvidiaDriver((535, 1), (8, 6))


def graphics(*vendors: str, driver: NvidiaDriver | None = None, kfd: bool = False) -> Graphics:
    return Graphics(frozenset(vendors), driver, kfd)


@pytest.mark.parametrize(
    ("torch", "cards", "state", "says", "advice"),
    [
        ({"broken": "No module named 'torch'"}, graphics(), "bad", "No module", "pip install"),
        (TORCH, graphics(), "good", "no card", ""),
        ({**CUDA, "device": "cuda"}, graphics(NVIDIA), "good", "on cuda", ""),
        (TORCH, graphics(NVIDIA, driver=RUNS), "warning", "without CUDA", "torch_build 2.13.0)"),
        (TORCH, graphics(NVIDIA), "warning", "driver does not run", "Install NVIDIA's driver"),
        (CUDA, graphics(NVIDIA, driver=RUNS), "warning", "535.1", "Update the driver"),
        (CUDA, graphics(NVIDIA, driver=RUNS), "warning", "found 12020", "older build"),
        (TORCH, graphics(AMD, kfd=True), "warning", "without ROCm", "torch_build"),
        (TORCH, graphics(AMD), "good", "no card", ""),
        (ROCM, graphics(AMD, kfd=True), "warning", "no device", "render and video"),
        (TORCH, graphics(INTEL), "warning", "without XPU", "torch_build"),
        ({**TORCH, "xpu": True}, graphics(INTEL), "good", "no card", ""),
    ],
)
def test_torch_is_judged_by_the_cards(
    torch: dict[str, Any], cards: Graphics, state: str, says: str, advice: str
) -> None:
    finding = list(check_torch(torch, cards))[-1]
    assert finding.state == state
    assert says in finding.says
    assert advice in finding.advice
    assert bool(finding.advice) is (state != "good")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.delenv(f"XDG_{name}_HOME", raising=False)
    monkeypatch.setattr(machine_checks, "_ask_torch", lambda: TORCH)
    return tmp_path


class Usage(NamedTuple):
    free: int


@pytest.mark.parametrize(("free", "state"), [(1 << 40, "good"), (1 << 30, "warning"), (0, "bad")])
def test_a_full_disk_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str
) -> None:
    monkeypatch.setattr(machine_checks.shutil, "disk_usage", lambda _: Usage(free))
    (disk,) = (finding for finding in check_machine() if finding.link == "disk")
    assert disk.state == state


def test_folders_that_are_not_there_yet_are_good_and_stay_so(home: Path) -> None:
    assert {finding.state for finding in check_machine()} == {"good"}
    assert list(home.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_mended(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = home / ".config/draggan"
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):  # root may write everywhere
        by_mode = lambda path, _: bool(os.stat(path).st_mode & 0o200)  # noqa: E731
        monkeypatch.setattr(machine_checks.os, "access", by_mode)
    (bad,) = (finding for finding in check_machine() if finding.state == "bad")
    assert bad.link == "folder for settings"
    assert "chmod" in bad.advice
    assert bad.mend is not None
    bad.mend()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {finding.state for finding in check_machine()} == {"good"}
