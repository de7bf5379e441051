"""From the daemon to the machine: folders, room on the disks, PyTorch and the graphics card."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import platformdirs

from draggan_server.doctor.finding import Finding, good
from draggan_server.graphics import AMD, INTEL, NVIDIA, Graphics, find_graphics
from draggan_server.wire.install_record import config_folder, log_folder, state_folder
from draggan_server.wire.said import Said

LEAST_FREE_BYTES = 100 << 20
LITTLE_FREE_BYTES = 2 << 30
"""Room for a model of 1024 pixels while it is converted."""

_TORCH_SECONDS = 180.0

_ASK_TORCH = """
import json, sys
import torch
found = {
    "version": torch.__version__,
    "cuda": torch.version.cuda,
    "hip": torch.version.hip,
    "xpu": bool(getattr(torch, "xpu", None) and torch.xpu._is_compiled()),
}
try:
    found["available"] = torch.cuda.is_available()
    if not found["available"] and (found["cuda"] or found["hip"]):
        torch.cuda.init()
except Exception as error:
    found["error"] = str(error)
from draggan_server.worker.device import choose_device
found["device"] = choose_device()
print(json.dumps(found))
"""


def check_machine() -> Iterator[Finding]:
    yield from _check_folders()
    yield from check_torch(_ask_torch(), find_graphics())


def _folders() -> dict[str, Path]:
    return {
        Said("settings"): config_folder(),
        Said("edits"): state_folder(),
        Said("models"): platformdirs.user_data_path("draggan"),
        Said("cache"): platformdirs.user_cache_path("draggan"),
        Said("log"): log_folder(),
    }


def _check_folders() -> Iterator[Finding]:
    low: dict[int, Finding] = {}
    for name, folder in _folders().items():
        finding = _check_writable(name, folder)
        yield finding
        there = _first_there(folder)
        try:
            device, free = there.stat().st_dev, shutil.disk_usage(there).free
        except OSError:
            continue  # said already
        if free < LITTLE_FREE_BYTES:
            low[device] = Finding(
                "disk",
                "bad" if free < LEAST_FREE_BYTES else "warning",
                Said("{free} GB are free at {there}.", free=f"{free / 1e9:.1f}", there=there),
                "Make room: a new model needs up to 2 GB.",
            )
    yield from low.values() or [good("disk", "There is room.")]


def _check_writable(name: str, folder: Path) -> Finding:
    link = Said("folder for {name}", name=name)
    there = _first_there(folder)
    if os.access(there, os.W_OK | os.X_OK):
        return good(link, str(folder))
    advice = Said("Make {there} a folder that you may write to.", there=there)
    own = hasattr(os, "getuid") and there.is_dir() and there.stat().st_uid == os.getuid()
    if own:
        advice = Said("Run: chmod u+rwx '{there}'", there=there)
    elif hasattr(os, "getuid"):
        advice = Said("Was DragGAN run with sudo? Run: sudo chown -R $USER '{there}'", there=there)
    mend = (lambda: there.chmod(there.stat().st_mode | 0o700)) if own else None
    return Finding(link, "bad", Said("{there} cannot be written to.", there=there), advice, mend)


def _first_there(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _ask_torch() -> dict[str, Any]:
    """What PyTorch says, in a process of its own: it takes seconds, and may crash."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _ASK_TORCH],
            capture_output=True,
            text=True,
            timeout=_TORCH_SECONDS,
            cwd=Path(__file__).resolve().parents[2],
        )
        if done.returncode == 0:
            found: dict[str, Any] = json.loads(done.stdout)
            return found
        lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        return {"broken": lines[-1]}
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return {"broken": str(error)}


def check_torch(torch: dict[str, Any], graphics: Graphics) -> Iterator[Finding]:
    """What a PyTorch that says `torch` of itself makes of the cards."""
    link = Said("PyTorch")
    again = Said(
        "Install it again: {python} -m pip install --force-reinstall torch", python=sys.executable
    )
    if "broken" in torch:
        yield Finding(link, "bad", Said("It cannot be used: {why}", why=torch["broken"]), again)
        return
    yield good(link, f"Version {torch['version']}.")
    device = str(torch["device"])
    if device != "cpu":
        yield good("device", f"It computes on {device}.")
        return
    yield _without_card(torch, graphics)


def _without_card(torch: dict[str, Any], graphics: Graphics) -> Finding:
    link = Said("device")
    reinstall = Said(
        "In the repository: rm .venv/installed, then make run. Elsewhere: {python} -m pip install "
        "--force-reinstall torch $({python} -m draggan_server.torch_build {version})",
        python=sys.executable,
        version=str(torch["version"]).split("+")[0],
    )
    why = f" ({torch['error']})" if torch.get("error") else ""
    if NVIDIA in graphics.vendors:
        if graphics.nvidia_driver is None:
            return Finding(
                link,
                "warning",
                "There is an NVIDIA card, but its driver does not run, so the processor is used.",
                "Install NVIDIA's driver; nvidia-smi must show the card.",
            )
        if torch["cuda"] is None:
            return Finding(
                link,
                "warning",
                "There is an NVIDIA card, but this PyTorch was built without CUDA, so the "
                "processor is used.",
                reinstall,
            )
        driver = ".".join(map(str, graphics.nvidia_driver.version)) or Said("of an unknown version")
        return Finding(
            link,
            "warning",
            Said(
                "The NVIDIA driver {driver} or the card is too old for this PyTorch, made with "
                "CUDA {cuda}, so the processor is used.{why}",
                driver=driver,
                cuda=torch["cuda"],
                why=why,
            ),
            Said("Update the driver, or take an older build. {how}", how=reinstall),
        )
    if AMD in graphics.vendors and (torch["hip"] or graphics.kfd):
        if torch["hip"] is None:
            return Finding(
                link,
                "warning",
                "There is an AMD card, but this PyTorch was built without ROCm, so the processor "
                "is used.",
                reinstall,
            )
        return Finding(
            link,
            "warning",
            Said("ROCm cannot use the AMD card, so the processor is used.{why}", why=why),
            "Is your user in the groups render and video, and is the card one that ROCm supports?",
        )
    if INTEL in graphics.vendors and not torch["xpu"]:
        return Finding(
            link,
            "warning",
            "There is an Intel card, but this PyTorch was built without XPU, so the processor is "
            "used.",
            reinstall,
        )
    return good(link, "It computes on the processor; there is no card that PyTorch can use.")
