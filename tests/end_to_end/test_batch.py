"""`draggan batch` and its Python call, with the real daemon and the toy lion."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import draggan_server
from draggan_server.batch import run_batch
from draggan_server.files.picture import read_picture
from tests.daemon import running_daemon
from tests.patience import patient

README = Path(draggan_server.__file__).parent / "batch" / "README.md"


def example(language: str) -> str:
    """The first block of that language in the tutorial."""
    found = re.search(rf"^```{language}\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("batch")


@pytest.fixture(scope="module")
def environment(home: Path) -> Iterator[dict[str, str]]:
    with running_daemon(home) as variables:
        yield {**os.environ, **variables}


def test_the_tutorial_s_lines_by_the_command(home: Path, environment: dict[str, str]) -> None:
    jobs = home / "jobs.jsonl"
    jobs.write_text(example("json") + '{"do": "sample", "seed": "many"}\n')
    photo = subprocess.run(
        [sys.executable, "-m", "draggan_server", "sample", "--seed", "5", "-o", "photo.png"],
        cwd=home,
        env=environment,
        check=True,
    )
    assert photo.returncode == 0
    with Image.open(home / "photo.png") as image:
        image.convert("RGB").save(home / "photo.jpg")
    command = [sys.executable, "-m", "draggan_server", "batch", "jobs.jsonl", "-o", "out", "--json"]

    def run() -> tuple[int, dict[str, float], str]:
        done = subprocess.run(
            command, cwd=home, env=environment, capture_output=True, text=True, timeout=patient(600)
        )
        return done.returncode, json.loads(done.stdout), done.stderr

    code, figures, said = run()
    lines = len(jobs.read_text().splitlines())
    assert (code, figures["lines"], figures["failed"]) == (1, lines, 1), said
    assert figures["done"] == lines - 1
    assert f"line {lines}:" in said
    assert "many" in said
    out = home / "out"
    assert read_picture(out / "lion.png").saved_state
    with Image.open(out / "roar.gif") as animation:
        assert getattr(animation, "n_frames", 1) > 2
    assert read_picture(out / "photo.png").saved_state
    assert read_picture(out / "roars" / "1.png").image.size == (256, 256)
    code, figures, _ = run()
    assert (code, figures["done"], figures["done_before"]) == (1, 0, lines - 1)


def test_the_tutorial_s_python(home: Path, environment: dict[str, str]) -> None:
    folder = home / "python"
    folder.mkdir()
    script = folder / "example.py"
    script.write_text(example("python"))
    done = subprocess.run(
        [sys.executable, script],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(README.parents[2])},
        capture_output=True,
        text=True,
        timeout=patient(600),
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "3 of 3 done"
    assert len(list((folder / "pictures").glob("*.png"))) == 3


def test_a_picture_of_a_batch_is_that_of_the_command(
    home: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAGGAN_CONNECTION_FILE", environment["DRAGGAN_CONNECTION_FILE"])
    jobs = home / "one.jsonl"
    jobs.write_text('{"do": "sample", "seed": 9, "output": "nine.png"}\n')
    shutil.rmtree(home / "one", ignore_errors=True)
    (result,) = run_batch(jobs, home / "one")
    assert result.error is None
    command = [sys.executable, "-m", "draggan_server", "sample", "--seed", "9", "-o", "nine.png"]
    subprocess.run(command, cwd=home, env=environment, check=True)
    assert (home / "one" / "nine.png").read_bytes() == (home / "nine.png").read_bytes()
