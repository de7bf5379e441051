"""Which build of PyTorch to install, by the graphics cards of this machine.

    python -m draggan_server.torch_build 2.13.0     prints what pip needs besides the requirement
    python -m draggan_server.torch_build            the same for the versions that this release was
                                                    tested with, an option a line

Needs the standard library only, since it runs before anything is installed. The ordinary index
gives a build with CUDA on Linux, which brings gigabytes, one with Metal on macOS, and one for
processors on Windows. Every other build is in an index of PyTorch's own.
"""

from __future__ import annotations

import re
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from draggan_server.graphics import AMD, INTEL, NVIDIA, Graphics, NvidiaDriver, find_graphics

INDEX = "https://download.pytorch.org/whl"
CPU = "cpu"
ORDINARY = ""

NEWEST_CUDA_DRIVER = (580,)
NEWEST_CUDA_CAPABILITY = (7, 5)
"""What CUDA 13 asks for, with which the newest builds are made."""

_FOR_PROCESSORS = "There is no graphics card that PyTorch uses: taking its build for processors."
_TIMEOUT = 15.0  # seconds


@dataclass(frozen=True)
class Build:
    """`name` is that of PyTorch's index, as "cpu" or "cu126"; empty: of the ordinary index."""

    name: str
    why: str

    @property
    def pip_options(self) -> list[str]:
        """pip prefers 2.13.0+cpu of the further index to 2.13.0 of the ordinary one, from which
        everything else comes."""
        return ["--extra-index-url", f"{INDEX}/{self.name}"] if self.name else []


def choose(version: str) -> Build:
    """The build of that version for this machine. Asks PyTorch's index where it has to."""
    if sys.platform not in ("linux", "win32"):
        return Build(ORDINARY, "Taking the ordinary build of PyTorch, which can use Apple's GPU.")
    graphics = find_graphics()
    if sys.platform == "linux" and NVIDIA in graphics.vendors:
        driver = graphics.nvidia_driver
        if not _needs_older_cuda(driver):
            why = "There is an NVIDIA card: taking the build of PyTorch that can use it."
            return Build(ORDINARY, why)
    if sys.platform == "win32" and not graphics.vendors:
        return Build(ORDINARY, _FOR_PROCESSORS)
    try:
        listed = _listed(version)
    except _NotToBeHadError as error:
        return _without_index(str(error), bool(graphics.vendors))
    return _choose(graphics, listed, version)


def _choose(graphics: Graphics, listed: set[str], version: str) -> Build:
    if NVIDIA in graphics.vendors:
        older = _needs_older_cuda(graphics.nvidia_driver)
        names = _newest_first(listed, "cu")
        names = [name for name in reversed(names) if name.startswith("cu12")] if older else names
        if names:
            kind = "an older NVIDIA card or driver" if older else "an NVIDIA card"
            return Build(
                names[0], f"There is {kind}: taking the build {names[0]} of PyTorch, made for it."
            )
        return Build(
            ORDINARY,
            "There is an NVIDIA card whose driver may be too old: taking the ordinary build of "
            "PyTorch. Update the driver if it is slow.",
        )
    if AMD in graphics.vendors and sys.platform == "linux":
        names = _newest_first(listed, "rocm")
        if names and graphics.kfd:
            return Build(
                names[0],
                f"There is an AMD card: taking the build {names[0]} of PyTorch. It brings several "
                "GB and runs on the cards that ROCm supports; on others the processor is used.",
            )
    if INTEL in graphics.vendors and "xpu" in listed:
        return Build("xpu", "There is an Intel card: taking the build of PyTorch for it.")
    if sys.platform == "win32":
        return Build(ORDINARY, _FOR_PROCESSORS)
    if CPU not in listed:
        return _without_index(f"{INDEX} has no {version} for processors", False)
    if AMD in graphics.vendors:
        return Build(
            CPU,
            "There is an AMD card, but its driver for computing (/dev/kfd) is not here, or there "
            "is no build for it: taking the build of PyTorch for processors.",
        )
    return Build(CPU, _FOR_PROCESSORS)


def _needs_older_cuda(driver: NvidiaDriver | None) -> bool:
    """What is not known is taken to be new enough."""
    if driver is None:
        return False
    old_driver = bool(driver.version) and driver.version < NEWEST_CUDA_DRIVER
    return old_driver or (
        driver.capability is not None and driver.capability < NEWEST_CUDA_CAPABILITY
    )


def _without_index(problem: str, card: bool) -> Build:
    if sys.platform == "win32":
        seen = "The card is not used. " if card else ""
        return Build(
            ORDINARY, f"{problem}. {seen}Taking the ordinary build of PyTorch, for processors."
        )
    return Build(
        ORDINARY,
        f"No fitting build of PyTorch is available: {problem}. Taking the ordinary one, which "
        "brings some 4 GB of CUDA libraries and works too.",
    )


class _NotToBeHadError(Exception):
    """The message says why."""


def _listed(version: str) -> set[str]:
    """The names of the builds of a version. Raises `_NotToBeHadError`."""
    try:
        with urllib.request.urlopen(f"{INDEX}/torch/", timeout=_TIMEOUT) as page:
            text = page.read().decode(errors="replace")
    except urllib.error.URLError as error:
        raise _NotToBeHadError(f"{INDEX} cannot be reached ({error.reason})") from None
    except (OSError, ValueError) as error:
        raise _NotToBeHadError(f"{INDEX} cannot be read ({error})") from None
    found = set(re.findall(rf"torch-{re.escape(version)}(?:%2B|\+)([a-z0-9.]+)-", text))
    if not found:
        raise _NotToBeHadError(f"{INDEX} has no {version}")
    return found


def _newest_first(listed: set[str], kind: str) -> list[str]:
    names = [name for name in listed if re.fullmatch(rf"{kind}[0-9.]+", name)]
    return sorted(names, key=lambda name: _numbers(name), reverse=True)


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", name))


def tested_versions() -> Path:
    """The file of the versions that this release was tested with, as pip takes constraints."""
    installed = Path(__file__).with_name("constraints.txt")
    return installed if installed.exists() else installed.parents[1] / installed.name


def _print_all() -> None:
    constraints = tested_versions()
    pinned = re.search(r"^torch==(\S+)$", constraints.read_text(encoding="utf-8"), re.MULTILINE)
    build = choose(pinned[1] if pinned else "")
    print(f"# {build.why}", "--constraint", constraints, *build.pip_options, sep="\n")


def _print_for(version: str) -> None:
    build = choose(version)
    print(build.why, file=sys.stderr)
    print(*build.pip_options)


if __name__ == "__main__":
    _print_for(sys.argv[1]) if sys.argv[1:] else _print_all()
