"""Which build of PyTorch to install: where there is no NVIDIA card, the one without CUDA.

    python -m draggan_server.torch_build 2.13.0     prints what pip needs besides the requirement

Needs the standard library only, since it runs before anything is installed. On Linux the ordinary
index gives a build that brings gigabytes of CUDA libraries; elsewhere it gives the CPU build.
"""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
_TIMEOUT = 15.0  # seconds
_NVIDIA = "0x10de"
_DISPLAY = "0x03"
"""How the class of a PCI device that is a graphics card begins."""


def pip_options(version: str) -> list[str]:
    """Options of `pip install torch==version` for this machine.

    Says on standard error what is chosen and why. pip prefers 2.13.0+cpu of the further index to
    2.13.0 of the ordinary one, from which everything else comes.
    """
    if sys.platform != "linux":
        return []
    if has_nvidia_card():
        _say("There is an NVIDIA card: taking the build of PyTorch that can use it.")
        return []
    if problem := _cannot_be_had(version):
        _say(
            f"There is no NVIDIA card, but the build of PyTorch for CPUs cannot be had: {problem}. "
            "Taking the ordinary one, which brings some 4 GB of CUDA libraries and works too."
        )
        return []
    _say("There is no NVIDIA card: taking the build of PyTorch for CPUs, without CUDA.")
    return ["--extra-index-url", CPU_INDEX]


def has_nvidia_card(devices: Path = Path("/sys/bus/pci/devices")) -> bool:
    """Whether an NVIDIA card is in this machine, with its driver or without."""
    for vendor in devices.glob("*/vendor"):
        kind = vendor.with_name("class")
        if _read(vendor) == _NVIDIA and _read(kind).startswith(_DISPLAY):
            return True
    try:  # where the card is no PCI device: Windows' subsystem for Linux
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listed.returncode == 0 and "GPU " in listed.stdout


def _cannot_be_had(version: str) -> str:
    """Why the CPU index does not give this version; empty where it does."""
    try:
        with urllib.request.urlopen(f"{CPU_INDEX}/torch/", timeout=_TIMEOUT) as page:
            listed = page.read().decode(errors="replace")
    except urllib.error.URLError as error:
        return f"{CPU_INDEX} cannot be reached ({error.reason})"
    except (OSError, ValueError) as error:
        return f"{CPU_INDEX} cannot be read ({error})"
    names = (f"torch-{version}%2Bcpu-", f"torch-{version}+cpu-")
    return "" if any(name in listed for name in names) else f"{CPU_INDEX} has no {version}"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)


if __name__ == "__main__":
    print(*pip_options(sys.argv[1]))
