"""Photos whose worker is killed while it looks at them, by the commands, with the real engine."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from draggan_server.files.picture import read_picture
from tests.daemon import (
    ONE_THREAD,
    held_worker,
    private_environment,
    running_daemon,
    share_done,
    worker_of,
)
from tests.end_to_end.test_photos import REGION, PhotoWork
from tests.patience import patient

_LOST_AT = 0.3
"""How much of the photo has been looked at, at the least, when the worker is killed."""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhotoWork]:
    """With `inverted.png`, whose worker nobody has killed."""
    home = tmp_path_factory.mktemp("home")
    with running_daemon(home, variables=ONE_THREAD) as daemon:
        environment = {**os.environ, **private_environment(home), **daemon}
        yield PhotoWork(tmp_path_factory.mktemp("work"), environment)


def said_while_the_worker_is_killed(work: PhotoWork, *arguments: object) -> tuple[str, str]:
    """What a command says on both of its outputs, whose worker is killed while it looks at a
    photo."""
    with work.begin(*arguments) as process:
        with held_worker("photo", work.environment, 60, share_done(_LOST_AT)):
            os.kill(worker_of(work.environment), signal.SIGKILL)
        output, errors = process.communicate(timeout=patient(300))
    assert process.returncode == 0, errors
    return output, errors


def assert_is_that_of_no_loss(work: PhotoWork, path: Path) -> None:
    found, expected = read_picture(path), read_picture(work.folder / "inverted.png")
    assert found.saved_state == expected.saved_state
    assert found.image.tobytes() == expected.image.tobytes()


def test_an_inversion_begins_again_and_comes_to_the_same(work: PhotoWork) -> None:
    part = ("--model", "toy-lion", *work.part)
    _, errors = said_while_the_worker_is_killed(work, "invert", "photo.png", *part, "-o", "a.png")
    assert "Another one goes on" in errors
    assert_is_that_of_no_loss(work, work.folder / "a.png")


def test_a_batch_s_line_does_so_at_its_first_attempt(work: PhotoWork) -> None:
    line: dict[str, object] = {
        "do": "invert",
        "photo": "photo.png",
        "model": "toy-lion",
        "output": "photo.png",
    }
    line |= {"region": REGION, "quality": "fast"}
    jobs = work.folder / "jobs.jsonl"
    jobs.write_text(f'{json.dumps(line)}\n{{"do": "sample", "seed": 1}}\n')
    output, _ = said_while_the_worker_is_killed(work, "batch", jobs.name, "-o", "out", "--json")
    figures = json.loads(output)
    assert (figures["done"], figures["failed"]) == (2, 0)
    noted = (work.folder / "out" / "batch.jsonl").read_text().splitlines()
    assert sorted((one["number"], one["attempts"]) for one in map(json.loads, noted)) == [
        (1, 1),
        (2, 1),
    ]
    assert_is_that_of_no_loss(work, work.folder / "out" / "photo.png")
