"""The build of PyTorch follows from the machine, and from what can be reached."""

from __future__ import annotations

import io
import subprocess
import sys
import urllib.error
from collections.abc import Callable

import pytest

from draggan_server import torch_build
from draggan_server.graphics import AMD, INTEL, NVIDIA, Graphics, NvidiaDriver
from draggan_server.torch_build import INDEX, choose

BUILDS = ("cpu", "cu126", "cu129", "cu130", "rocm6.4", "rocm7.1", "xpu")
PAGE = "\n".join(
    f'<a href="/whl/{name}/torch-2.13.0%2B{name}-cp313-cp313-manylinux_2_28_x86_64.whl">torch</a>'
    for name in BUILDS
)
NEW, OLD = NvidiaDriver((580, 65), (8, 6)), NvidiaDriver((535, 1), (8, 6))
OLD_CARD = NvidiaDriver((580, 65), (6, 1))


def page() -> io.BytesIO:
    return io.BytesIO(PAGE.encode())


def refused() -> io.BytesIO:
    raise urllib.error.URLError("Name or service not known")


def timed_out() -> io.BytesIO:
    raise TimeoutError("timed out")


def machine(
    monkeypatch: pytest.MonkeyPatch,
    platform: str = "linux",
    *vendors: str,
    driver: NvidiaDriver | None = None,
    kfd: bool = False,
    answer: Callable[[], io.BytesIO] = page,
) -> None:
    graphics = Graphics(frozenset(vendors), driver, kfd)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(torch_build, "find_graphics", lambda: graphics)
    monkeypatch.setattr(torch_build.urllib.request, "urlopen", lambda *_, **__: answer())


@pytest.mark.parametrize(
    ("platform", "vendors", "driver", "kfd", "name"),
    [
        ("linux", (), None, False, "cpu"),
        ("linux", (NVIDIA,), NEW, False, ""),
        ("linux", (NVIDIA,), None, False, ""),  # the driver may come later
        ("linux", (NVIDIA,), NvidiaDriver((), None), False, ""),
        ("linux", (NVIDIA,), OLD, False, "cu126"),
        ("linux", (NVIDIA,), OLD_CARD, False, "cu126"),
        ("linux", (NVIDIA, AMD, INTEL), NEW, True, ""),
        ("linux", (AMD,), None, True, "rocm7.1"),
        ("linux", (AMD,), None, False, "cpu"),
        ("linux", (INTEL,), None, False, "xpu"),
        ("win32", (), None, False, ""),
        ("win32", (NVIDIA,), NEW, False, "cu130"),
        ("win32", (NVIDIA,), OLD, False, "cu126"),
        ("win32", (AMD,), None, False, ""),
        ("win32", (INTEL,), None, False, "xpu"),
        ("darwin", (), None, False, ""),
    ],
)
def test_the_build_for_a_machine(
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    vendors: tuple[str, ...],
    driver: NvidiaDriver | None,
    kfd: bool,
    name: str,
) -> None:
    machine(monkeypatch, platform, *vendors, driver=driver, kfd=kfd)
    build = choose("2.13.0")
    assert build.name == name
    assert build.why.endswith((".", "it."))
    options = ["--extra-index-url", f"{INDEX}/{name}"] if name else []
    assert build.pip_options == options


@pytest.mark.parametrize(
    ("platform", "vendors"), [("linux", (NVIDIA,)), ("win32", ()), ("darwin", ())]
)
def test_the_index_is_not_asked_without_need(
    monkeypatch: pytest.MonkeyPatch, platform: str, vendors: tuple[str, ...]
) -> None:
    machine(monkeypatch, platform, *vendors, answer=lambda: pytest.fail("it was asked"))
    assert choose("2.13.0").name == ""


@pytest.mark.parametrize(
    ("version", "answer", "reason"),
    [
        ("2.13.0", refused, "cannot be reached (Name or service not known)"),
        ("2.13.0", timed_out, "cannot be read (timed out)"),
        ("2.99.0", page, "has no 2.99.0"),
    ],
)
def test_where_it_cannot_be_had_a_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch, version: str, answer: Callable[[], io.BytesIO], reason: str
) -> None:
    machine(monkeypatch, answer=answer)
    build = choose(version)
    assert build.name == ""
    assert reason in build.why
    assert "Taking the ordinary one" in build.why
    machine(monkeypatch, "win32", NVIDIA, answer=answer)
    assert choose(version).name == ""
    assert "The card is not used" in choose(version).why


def test_as_a_program_it_prints_what_pip_takes() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUN], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"--extra-index-url {INDEX}/cpu\n"  # and no more: it goes to pip
    assert "for processors" in done.stderr


RUN = f"""
import io, runpy, sys, urllib.request
sys.path.insert(0, {str(torch_build.__file__).rpartition("/draggan_server/")[0]!r})
import draggan_server.graphics as graphics
graphics.find_graphics = lambda: graphics.Graphics()
urllib.request.urlopen = lambda *_, **__: io.BytesIO({PAGE.encode()!r})
sys.argv = ["torch_build", "2.13.0"]
runpy.run_module("draggan_server.torch_build", run_name="__main__")
"""
