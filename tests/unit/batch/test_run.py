"""A batch with children that the test plays: order, retries, resumption, memory."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from draggan_server.batch import LineResult, run, run_batch
from draggan_server.batch.journal import FILE_NAME
from draggan_server.wire.errors import BadInput, DaemonUnreachable
from tests.patience import patient

CHILD = (sys.executable, "-m", "tests.unit.batch.scripted_child")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_PAUSE_SECONDS", 0.0)


def write_jobs(folder: Path, seeds: list[int], **changes: object) -> Path:
    jobs = folder / "jobs.jsonl"
    lines = [{"do": "sample", "seed": seed, **changes} for seed in seeds]
    jobs.write_text("".join(f"{json.dumps(line)}\n\n" for line in lines))
    return jobs


def do(jobs: Path, folder: Path, at_once: int = 2) -> dict[int, LineResult]:
    results = list(run_batch(jobs, folder, at_once=at_once, child=CHILD))
    found = {result.number: result for result in results}
    assert len(found) == len(results)
    return found


def test_every_line_has_its_result(tmp_path: Path) -> None:
    jobs = write_jobs(tmp_path, [10, 11, 12, 13, 14])
    results = do(jobs, tmp_path / "out")
    assert sorted(results) == [1, 3, 5, 7, 9]  # numbers of lines in the file
    assert all(result.error is None for result in results.values())
    assert (tmp_path / "out" / "000003.png").read_text() == "11"


def test_the_same_call_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "out"
    do(write_jobs(tmp_path, [10, 11, 12]), out)
    assert do(tmp_path / "jobs.jsonl", out) == {}
    (out / "000003.png").unlink()  # what is gone
    jobs = write_jobs(tmp_path, [10, 11, 20])  # and what is changed
    assert sorted(do(jobs, out)) == [3, 5]
    assert (out / "000005.png").read_text() == "20"
    assert do(jobs, out) == {}


def test_a_journal_that_a_crash_left_is_read(tmp_path: Path) -> None:
    out = tmp_path / "out"
    jobs = write_jobs(tmp_path, [10, 11, 12])
    do(jobs, out)
    journal = out / FILE_NAME
    lines = journal.read_text().splitlines()
    lost = json.loads(lines[-1])["number"]
    journal.write_text("\n".join(["nonsense", *lines[:-1], lines[-1][:20]]))
    assert sorted(do(jobs, out)) == [lost]
    assert do(jobs, out) == {}


def test_what_may_pass_is_tried_again_and_what_may_not_is_not(tmp_path: Path) -> None:
    out = tmp_path / "out"
    results = do(write_jobs(tmp_path, [1, 2, 3, 10, 6]), out)
    found = [results[n] for n in (1, 3, 5, 7, 9)]
    assert [result.attempts for result in found] == [run.ATTEMPTS, 2, 1, 1, 1]
    codes = ["out-of-memory", None, "bad-input", None, "worker-lost"]
    assert [result.code for result in found] == codes
    assert len((out / "000001.tried").read_text()) == run.ATTEMPTS
    again = do(tmp_path / "jobs.jsonl", out)
    assert sorted(again) == [1, 5, 9]


def test_lines_that_are_wrong_are_reported_and_the_others_done(tmp_path: Path) -> None:
    jobs = tmp_path / "jobs.jsonl"
    jobs.write_text('nonsense\n{"do": "sample", "seed": 10}\n{"do": "sample", "sed": 1}\n')
    results = do(jobs, tmp_path / "out")
    assert results[2].error is None
    assert "not JSON" in str(results[1].error)
    assert "sed" in str(results[3].error)


def test_two_lines_never_write_one_file(tmp_path: Path) -> None:
    results = do(write_jobs(tmp_path, [10, 11], output="same.png"), tmp_path / "out")
    assert [result.error is None for _, result in sorted(results.items())] == [True, False]
    assert (tmp_path / "out" / "same.png").read_text() == "10"


def test_without_a_daemon_it_stops_and_goes_on_later(tmp_path: Path) -> None:
    out = tmp_path / "out"
    jobs = write_jobs(tmp_path, [10, 4, *range(20, 60)])
    with pytest.raises(DaemonUnreachable, match="goes on with it later"):
        do(jobs, out, at_once=1)
    assert not (out / "000083.png").exists()
    results = do(write_jobs(tmp_path, [10, 11, *range(20, 60)]), out)
    assert 1 not in results
    assert len(list(out.glob("*.png"))) == 42


def test_one_that_is_left_early_ends_its_children(tmp_path: Path) -> None:
    jobs = write_jobs(tmp_path, [10, 5, 5])
    before = set(threading.enumerate())
    results = run_batch(jobs, tmp_path / "out", at_once=2, child=CHILD)
    assert next(results).number == 1
    began = time.monotonic()
    results.close()
    assert time.monotonic() - began < patient(5)
    assert set(threading.enumerate()) <= before


def test_one_batch_a_folder(tmp_path: Path) -> None:
    jobs = write_jobs(tmp_path, [10, 11])
    first = run_batch(jobs, tmp_path / "out", at_once=1, child=CHILD)
    next(first)
    with pytest.raises(BadInput, match="Another batch"):
        next(run_batch(jobs, tmp_path / "out", at_once=1, child=CHILD))
    first.close()
    with pytest.raises(BadInput, match="is not there"):
        next(run_batch(tmp_path / "none", tmp_path / "out", at_once=1, child=CHILD))


def test_memory_grows_by_less_than_300_bytes_a_line(tmp_path: Path) -> None:
    """So that a hundred thousand lines take 30 MB.

    In a process of its own: what others have left of Python's table of names grows by megabytes.
    """
    counts = (10, 500, 2500)
    for count in counts:
        write_jobs(tmp_path, [10] * count).rename(tmp_path / f"{count}.jsonl")
    command = [sys.executable, "-m", "tests.unit.batch.peaks", str(tmp_path), *map(str, counts)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    _, few, many = json.loads(said)
    assert [few["done"], many["done"]] == [[500, 0], [2500, 0]]
    for before, after in zip(few["peaks"], many["peaks"], strict=True):
        assert 0 < after - before < 300 * 2000
