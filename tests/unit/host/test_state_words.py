"""What is said of the daemon, of what computes, and of faults."""

from __future__ import annotations

from dataclasses import replace

import pytest

from draggan_server.host.amounts import TimeLeft, lasted_words
from draggan_server.host.examination import Fault, Report
from draggan_server.host.keeper import Standing
from draggan_server.host.state_words import daemon_words, report_words, use_words, worker_words
from draggan_server.wire.messages import Status, WorkerStatus

IDLE = WorkerStatus("cpu", "idle", 7)
STATUS = Status("1.2", 5, 200.0, 3.0, 0, 0, (IDLE,))


def words_of(worker: WorkerStatus) -> list[str]:
    return worker_words(worker, TimeLeft()).splitlines()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (89, "89 seconds"),
        (200, "3 minutes"),
        (7200, "2 hours"),
        (47 * 3600, "47 hours"),
        (100 * 3600, "4 days"),
    ],
)
def test_how_long_something_has_gone_on(seconds: float, words: str) -> None:
    assert lasted_words(seconds) == words


def test_the_daemon() -> None:
    assert daemon_words(Standing.RUNS, STATUS) == (
        "DragGAN's daemon runs: version 1.2, for 3 minutes."
    )
    assert "does not run" in daemon_words(Standing.ENDED, None)
    assert len({daemon_words(one, None) for one in Standing if one.name not in "RUNS FAILS"}) == 6


def test_what_computes() -> None:
    assert words_of(IDLE) == ["Processor: has nothing to do"]
    busy = replace(
        IDLE,
        device="cuda:1",
        state="busy",
        doing="drag",
        models=("toy-lion", "lions-512"),
        memory=1_240_000_000,
        learning="toy-lion",
        learned=0.256,
    )
    assert words_of(busy) == [
        "Graphics card (cuda:1): drags",
        "Models in memory: toy-lion, lions-512",
        "Memory: 1.2 GB",
        "Between drags it learns more of toy-lion: 26%",
    ]
    assert words_of(replace(IDLE, state="starting")) == ["Processor: starts"]
    assert "Restart the daemon" in words_of(replace(IDLE, state="lost"))[0]


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("cpu", "Processor"),
        ("cuda", "Graphics card (cuda)"),
        ("cuda:1", "Graphics card (cuda:1)"),
        ("mps", "Graphics card (mps)"),
        ("xpu:0", "Graphics card (xpu:0)"),
        ("cpu on mill", "Processor on mill"),
        ("cuda:0 on mill", "Graphics card (cuda:0) on mill"),
        ("ray", "A worker on the cluster"),
        ("vulkan:0", "Device vulkan:0"),
    ],
)
def test_what_a_device_is(device: str, words: str) -> None:
    assert words_of(replace(IDLE, device=device)) == [f"{words}: has nothing to do"]


def test_what_is_free_is_said_where_it_is_known() -> None:
    assert words_of(replace(IDLE, free_memory=7_000_000_000)) == ["Processor: has nothing to do"]
    assert words_of(replace(IDLE, memory=5_000_000, free_memory=0))[1:] == [
        "Memory: 5 MB; 0 kB are free"
    ]
    card = replace(IDLE, device="cuda", memory=5_000_000, card_taken=0, card_free=7_300_000_000)
    assert words_of(card)[1:] == [
        "The card's memory: 0 kB; 7.3 GB are free",
        "Memory: 5 MB",
    ]


def test_how_far_it_is_and_what_is_left() -> None:
    now = [100.0]
    left = TimeLeft(lambda: now[0])
    photo = replace(IDLE, state="busy", doing="photo", share=0.2)
    assert worker_words(photo, left) == "Processor: looks at a photo, 20%"
    now[0] += 10
    assert worker_words(replace(photo, share=0.6), left) == (
        "Processor: looks at a photo, 60%, 10 seconds left"
    )


def test_who_uses_it() -> None:
    assert use_words(STATUS) == "No other program uses it now."
    assert use_words(replace(STATUS, others=2, waiting=1, errands=3)) == (
        "2 other programs use it now. 1 request waits. 3 models are worked on."
    )


def test_faults() -> None:
    assert report_words(Report(12, ())) == "12 things were looked at: all is well."
    fault = Fault("disk", "It is full.", "Make room.", False)
    bare = Fault("port", "It is closed.", "", True)
    assert report_words(Report(12, (fault, bare), mended=1)) == (
        "1 fault was mended. 2 faults were found:\n\ndisk: It is full.\nMake room.\n\n"
        "port: It is closed."
    )
