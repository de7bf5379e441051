"""The graphics cards of this machine, with their drivers or without.

Needs the standard library only, since it runs before anything is installed.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

NVIDIA, AMD, INTEL = "NVIDIA", "AMD", "Intel"

_VENDORS = {"10de": NVIDIA, "1002": AMD, "8086": INTEL}
_DISPLAY = "0x03"
"""How the class of a PCI device that is a graphics card begins."""

_TIMEOUT = 20.0  # seconds
_LIST_ON_WINDOWS = "Get-CimInstance Win32_VideoController | ForEach-Object PNPDeviceID"


@dataclass(frozen=True)
class NvidiaDriver:
    """`version` as 580.65, `capability` the lowest of the cards, as (8, 6); None: not told."""

    version: tuple[int, ...]
    capability: tuple[int, ...] | None


@dataclass(frozen=True)
class Graphics:
    """`vendors` of the cards; of Intel's only those that are cards of their own, since the ones
    within processors are no faster than these. `kfd`: AMD's driver for computing is there."""

    vendors: frozenset[str] = frozenset()
    nvidia_driver: NvidiaDriver | None = None
    kfd: bool = False


def find_graphics(
    devices: Path = Path("/sys/bus/pci/devices"), kfd: Path = Path("/dev/kfd")
) -> Graphics:
    """Looks at the bus, and asks NVIDIA's driver. Without a driver the cards are seen, too."""
    vendors = set(_on_windows() if sys.platform == "win32" else _on_the_bus(devices))
    driver = _nvidia_driver()
    if driver is not None:  # where the card is no PCI device: Windows' subsystem for Linux
        vendors.add(NVIDIA)
    return Graphics(frozenset(vendors), driver, kfd.exists())


def _on_the_bus(devices: Path) -> list[str]:
    found = []
    for file in devices.glob("*/vendor"):
        vendor = _VENDORS.get(_read(file).removeprefix("0x"))
        # 0000:00:02.0 is on the processor's own bus, a card in a slot is on another.
        built_in = vendor == INTEL and file.parent.name.split(":")[1:2] == ["00"]
        if vendor and not built_in and _read(file.with_name("class")).startswith(_DISPLAY):
            found.append(vendor)
    return found


def _on_windows() -> list[str]:
    listed = _output(["powershell", "-NoProfile", "-Command", _LIST_ON_WINDOWS]) or ""
    found = []
    for line in listed.splitlines():
        vendor = re.match(r"PCI\\VEN_([0-9A-F]{4})", line.strip(), re.IGNORECASE)
        name = _VENDORS.get(vendor[1].lower()) if vendor else None
        # The number after the last "&" is that of the bus and place; 10 (hexadecimal) is 00:02.0.
        if name and not (name == INTEL and line.rstrip().endswith("&10")):
            found.append(name)
    return found


def _nvidia_driver() -> NvidiaDriver | None:
    """None where it does not run, or has no card."""
    asked = ["nvidia-smi", "--query-gpu=driver_version,compute_cap", "--format=csv,noheader"]
    rows = [line.split(",") for line in (_output(asked) or "").splitlines()]
    known = [[_numbers(part) for part in row] for row in rows if len(row) == 2]
    known = [row for row in known if row[0]]
    if known:
        capabilities = [capability for _, capability in known if capability]
        return NvidiaDriver(known[0][0], min(capabilities, default=None))
    if "GPU " in (_output(["nvidia-smi", "-L"]) or ""):  # one that does not know the question
        return NvidiaDriver((), None)
    return None


def _output(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
