"""Which graphics cards are seen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from draggan_server import graphics
from draggan_server.graphics import AMD, INTEL, NVIDIA, NvidiaDriver, find_graphics


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without cards and programs."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def device(folder: Path, name: str, vendor: str, kind: str) -> None:
    (folder / name).mkdir()
    (folder / name / "vendor").write_text(f"{vendor}\n")
    (folder / name / "class").write_text(f"{kind}\n")


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("place", "vendor", "kind", "seen"),
    [
        ("0000:01:00.0", "0x10de", "0x030000", {NVIDIA}),
        ("0000:01:00.0", "0x10de", "0x030200", {NVIDIA}),  # one without a screen
        ("0000:01:00.0", "0x10de", "0x040300", set()),  # its sound
        ("0000:01:00.0", "0x1002", "0x030000", {AMD}),
        ("0000:03:00.0", "0x8086", "0x030000", {INTEL}),
        ("0000:00:02.0", "0x8086", "0x030000", set()),  # in the processor
        ("0000:00:02.0", "0x1af4", "0x030000", set()),  # of a virtual machine
    ],
)
def test_cards_are_seen_without_a_driver(
    machine: Path, place: str, vendor: str, kind: str, seen: set[str]
) -> None:
    device(machine, place, vendor, kind)
    found = find_graphics(machine, machine / "kfd")
    assert found.vendors == seen
    assert found.nvidia_driver is None
    assert not found.kfd


@pytest.mark.parametrize(
    ("script", "driver"),
    [
        ("echo '580.65.06, 8.6'", NvidiaDriver((580, 65, 6), (8, 6))),
        ("echo '535.1, 9.0'; echo '535.1, 6.1'", NvidiaDriver((535, 1), (6, 1))),
        ("echo '470.1, [N/A]'", NvidiaDriver((470, 1), None)),
        ('[ "$1" = -L ] && echo "GPU 0: NVIDIA" && exit; exit 2', NvidiaDriver((), None)),
        ("echo 'No devices were found'; exit 9", None),
        ("echo none", None),
    ],
)
def test_nvidia_s_driver_is_asked(machine: Path, script: str, driver: NvidiaDriver | None) -> None:
    program(machine, "nvidia-smi", script)
    found = find_graphics(machine / "none", machine / "none")
    assert found.nvidia_driver == driver
    assert (NVIDIA in found.vendors) is (driver is not None)


def test_amd_s_driver_for_computing_is_found(machine: Path) -> None:
    (machine / "kfd").touch()
    assert find_graphics(machine, machine / "kfd").kfd


def test_cards_are_found_on_windows(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    lines = [
        r"PCI\VEN_8086&DEV_9A49&SUBSYS_0A201028&REV_01\3&11583659&0&10",
        r"PCI\VEN_1002&DEV_73DF&SUBSYS_0E36&REV_C5\6&2C5D8C0&0&00000008",
        r"ROOT\DISPLAY\0000",
    ]
    monkeypatch.setattr(
        graphics, "_output", lambda command: "\n".join(lines) if "powershell" in command else None
    )
    assert find_graphics().vendors == {AMD}
    lines.append(r"PCI\VEN_8086&DEV_56A0&SUBSYS_1020&REV_08\6&1A2B3C&0&00080008")
    assert find_graphics().vendors == {AMD, INTEL}
