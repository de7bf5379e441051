"""The build of PyTorch follows from the machine, and from what can be reached."""

from __future__ import annotations

import io
import sys
import urllib.error
from collections.abc import Callable
from pathlib import Path

import pytest

from draggan_server import torch_build
from draggan_server.torch_build import CPU_INDEX, has_nvidia_card, pip_options

PAGE = '<a href="/whl/cpu/torch-2.13.0%2Bcpu-cp313-cp313-manylinux_2_28_x86_64.whl">torch</a>'


def device(folder: Path, name: str, vendor: str, kind: str) -> None:
    (folder / name).mkdir()
    (folder / name / "vendor").write_text(f"{vendor}\n")
    (folder / name / "class").write_text(f"{kind}\n")


@pytest.fixture
def no_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("vendor", "kind", "is_card"),
    [
        ("0x10de", "0x030000", True),  # a graphics card
        ("0x10de", "0x030200", True),  # one without a screen
        ("0x10de", "0x040300", False),  # its sound
        ("0x1002", "0x030000", False),  # AMD's
    ],
)
def test_cards_are_seen_without_a_driver(
    no_program: Path, vendor: str, kind: str, is_card: bool
) -> None:
    device(no_program, "0000:01:00.0", vendor, kind)
    device(no_program, "0000:00:02.0", "0x8086", "0x030000")
    assert has_nvidia_card(no_program) is is_card


@pytest.mark.parametrize(
    ("script", "is_card"),
    [("echo 'GPU 0: NVIDIA'", True), ("echo 'No devices'; exit 9", False), ("echo none", False)],
)
def test_cards_that_are_no_pci_devices(no_program: Path, script: str, is_card: bool) -> None:
    program = no_program / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    assert has_nvidia_card(no_program) is is_card


def answers(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[], io.BytesIO], *, card: bool = False
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(torch_build, "has_nvidia_card", lambda: card)
    monkeypatch.setattr(torch_build.urllib.request, "urlopen", lambda *_, **__: answer())


def refused() -> io.BytesIO:
    raise urllib.error.URLError("Name or service not known")


def timed_out() -> io.BytesIO:
    raise TimeoutError("timed out")


def page() -> io.BytesIO:
    return io.BytesIO(PAGE.encode())


def test_without_a_card_the_cpu_build_is_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(monkeypatch, page)
    assert pip_options("2.13.0") == ["--extra-index-url", CPU_INDEX]
    assert "no NVIDIA card" in capsys.readouterr().err


def test_with_a_card_the_index_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, refused, card=True)
    assert pip_options("2.13.0") == []


@pytest.mark.parametrize(
    ("version", "answer", "reason"),
    [
        ("2.13.0", refused, r"cannot be reached \(Name or service not known\)"),
        ("2.13.0", timed_out, r"cannot be read \(timed out\)"),
        ("2.99.0", page, "has no 2.99.0"),
    ],
)
def test_where_it_cannot_be_had_a_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    version: str,
    answer: Callable[[], io.BytesIO],
    reason: str,
) -> None:
    answers(monkeypatch, answer)
    assert pip_options(version) == []
    out, err = capfd.readouterr()
    assert out == ""  # what is printed there goes to pip
    assert reason.replace("\\", "") in err
    assert "Taking the ordinary one" in err


def test_elsewhere_the_ordinary_build_is_for_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, page)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert pip_options("2.13.0") == []
