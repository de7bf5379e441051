"""The class of which Ray makes actors, without Ray."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from draggan_server.wire.codec import Envelope
from draggan_server.wire.messages import SampleSource, StartDrag
from draggan_server.worker import actor as module
from draggan_server.worker.actor import MOST_EVENTS, Actor
from draggan_server.worker.messages import (
    WORKER_CODEC,
    JobFinished,
    JobOpened,
    JobProgress,
    RunDrag,
    RunOpen,
    WorkerReady,
)
from tests.protocol.daemons import wait_until

ENGINE = "tests.protocol.fake_engine:actor_engine"
OPEN = RunOpen(1, SampleSource("steady", 1))


@pytest.fixture
def actor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Actor:
    monkeypatch.setattr(module, "log_folder", lambda: tmp_path)
    monkeypatch.setattr(module, "log_to_file", lambda path: None)
    monkeypatch.setattr(module, "FETCH_SECONDS", 0.2)
    monkeypatch.setattr(module, "ORPHAN_SECONDS", 1e9)
    return Actor(ENGINE, "test")


def parts_of(message: Any) -> list[bytes]:
    return WORKER_CODEC.encode(Envelope(message, "worker"))


def fetched(actor: Actor, after: int) -> list[tuple[int, Any]]:
    return [(number, WORKER_CODEC.decode(parts).message) for number, parts in actor.fetch(after)]


def test_events_are_numbered_and_come_until_they_are_fetched(actor: Actor) -> None:
    assert actor.introduce().pid == os.getpid()
    assert fetched(actor, 0) == [(1, WorkerReady("fake"))]
    assert fetched(actor, 0) == [(1, WorkerReady("fake"))]
    assert fetched(actor, 1) == []
    actor.say(1, parts_of(OPEN))
    ((number, event),) = fetched(actor, 1)
    assert number == 2
    assert isinstance(event, JobOpened)


def test_what_comes_twice_is_done_once_and_what_is_missing_is_noticed(actor: Actor) -> None:
    actor.say(1, parts_of(OPEN))
    actor.say(1, parts_of(OPEN))
    with pytest.raises(LookupError, match="3 came after 1"):
        actor.say(3, parts_of(OPEN))
    actor.say(2, parts_of(RunOpen(2, SampleSource("steady", 2))))
    wait_until(lambda: len(actor.fetch(0)) == 3)
    time.sleep(0.05)
    jobs = [event.job for _, event in fetched(actor, 0) if isinstance(event, JobOpened)]
    assert jobs == [1, 2]


def test_a_job_waits_where_nobody_fetches_what_it_says(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_EVENTS", 4)
    assert MOST_EVENTS == 64
    actor.say(1, parts_of(OPEN))
    (_, (_, opened)) = fetched_all(actor, 2)
    request = StartDrag("edit", 0, ((4.0, 4.0),), ((9.0, 9.0),))
    actor.say(2, parts_of(RunDrag(2, opened.saved_state, request)))
    wait_until(lambda: len(actor.fetch(2)) == 4)
    time.sleep(0.1)
    assert len(actor.fetch(2)) == 4
    last, events = 2, []
    while not events or not isinstance(events[-1], JobFinished):
        for number, event in fetched(actor, last):
            assert number == last + 1
            last = number
            events.append(event)
    assert sum(isinstance(event, JobProgress) for event in events) == 10


def fetched_all(actor: Actor, count: int) -> list[tuple[int, Any]]:
    wait_until(lambda: len(actor.fetch(0)) >= count)
    return fetched(actor, 0)


def test_one_that_nobody_asks_ends_itself(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []

    def end(code: int) -> None:
        ended.append(code)
        raise SystemExit

    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(module, "ORPHAN_SECONDS", 0.2)
    with pytest.raises(SystemExit):
        actor._leave_when_orphaned()
    assert ended == [1]
