"""Whose turn it is where several wait."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from draggan_server.broker.turns import KEPT_LINES, LIVE_IN_A_ROW, Turns


@dataclass(eq=False)
class Task:
    turn: str
    is_live: bool = False
    seconds: float = 1.0


def next_of(turns: Turns[Task], now: float = 0.0) -> Task:
    task = turns.next(now)
    assert task is not None
    return task


def served(
    workers: int,
    clients: Sequence[tuple[float, int]],
    seconds: float,
    seconds_of: Callable[[float, int], float] = lambda length, _: length,
) -> list[float]:
    """Workers' time that each client got, all of whom always have something waiting: `clients` are
    the length of each one's tasks and how many wait at a time."""
    turns: Turns[Task] = Turns()
    numbers = itertools.count()
    got = [0.0] * len(clients)

    def ask(client: int, now: float) -> None:
        length = seconds_of(clients[client][0], next(numbers))
        turns.add(Task(str(client), seconds=length), now)

    for client, (_, at_once) in enumerate(clients):
        for _ in range(at_once):
            ask(client, 0.0)
    free_at: list[tuple[float, Task | None]] = [(0.0, None)] * workers
    while True:
        free_at.sort(key=lambda one: one[0])
        now, done = free_at.pop(0)
        if now >= seconds:
            return got
        if done is not None:
            turns.end(done, now)
        task = next_of(turns, now)
        turns.begin(task, now)
        got[int(task.turn)] += task.seconds
        ask(int(task.turn), now)
        free_at.append((now + task.seconds, task))


def jain(shares: Sequence[float]) -> float:
    """1 where all have the same, 1/n where one has everything."""
    return sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares))


class TestFairness:
    @pytest.mark.parametrize("workers", [1, 2, 4])
    def test_eight_clients_with_long_and_short_tasks_get_the_same_time(self, workers: int) -> None:
        clients = [(0.5 + length, 1 + length) for length in range(8)]
        assert jain(served(workers, clients, 1000.0)) >= 0.98

    def test_it_is_not_enough_to_ask_for_more(self) -> None:
        shares = served(2, [(1.0, 8), (1.0, 2)], 500.0)
        assert jain(shares) >= 0.98

    def test_it_holds_where_the_lengths_of_one_client_differ(self) -> None:
        clients = [(0.5 + length, 2) for length in range(8)]
        shares = served(
            4, clients, 2000.0, lambda length, number: length * (1.9 if number % 2 else 0.1)
        )
        assert jain(shares) >= 0.98

    def test_who_comes_later_has_saved_nothing_up(self) -> None:
        turns: Turns[Task] = Turns()
        early = Task("early", seconds=1000.0)
        turns.begin(early, 0.0)
        turns.end(early, 1000.0)
        for _ in range(4):
            turns.add(Task("early"), 1000.0)
        for _ in range(4):
            turns.add(Task("late"), 1000.0)
        order = []
        for now in range(1000, 1008):
            task = next_of(turns, now)
            order.append(task.turn)
            turns.begin(task, now)
            turns.end(task, now + 1)
        assert sorted(order[:4]) == ["early", "early", "late", "late"]

    def test_what_runs_counts_while_it_runs(self) -> None:
        turns: Turns[Task] = Turns()
        long = Task("long")
        turns.add(Task("other"), 0.0)
        turns.begin(long, 0.0)
        turns.add(Task("long"), 0.0)
        assert next_of(turns, 5.0).turn == "other"

    def test_of_equal_ones_the_one_that_waits_longest_is_next(self) -> None:
        turns: Turns[Task] = Turns()
        for _ in range(2):
            for name in "abc":
                turns.add(Task(name), 0.0)
        assert [next_of(turns).turn for _ in range(6)] == list("abcabc")
        assert turns.next(0.0) is None

    def test_nothing_is_remembered_once_nobody_wants_anything(self) -> None:
        turns: Turns[Task] = Turns()
        one = Task("one")
        turns.begin(one, 0.0)
        turns.end(one, 1.0)
        assert not turns._had

    def test_what_is_remembered_is_bounded(self) -> None:
        turns: Turns[Task] = Turns()
        turns.begin(Task("one that takes long"), 0.0)
        for number in range(2 * KEPT_LINES):
            task = Task(str(number))
            turns.add(task, number)
            turns.begin(next_of(turns, number), number)
            turns.end(task, number + 0.5)
        assert len(turns._had) <= KEPT_LINES + 1


class TestLiveDrags:
    def test_a_hand_goes_before_what_waits_longer(self) -> None:
        turns: Turns[Task] = Turns()
        turns.add(Task("batch"), 0.0)
        turns.add(Task("studio"), 0.0)
        turns.add(Task("studio", is_live=True), 0.0)
        assert next_of(turns).is_live  # before what its own line has, too
        assert not next_of(turns).is_live

    def test_hands_do_not_keep_the_others_waiting_for_ever(self) -> None:
        turns: Turns[Task] = Turns()
        for number in range(3 * LIVE_IN_A_ROW):
            turns.add(Task(f"hand {number}", is_live=True), 0.0)
        turns.add(Task("batch"), 0.0)
        turns.add(Task("batch"), 0.0)
        order = [next_of(turns).is_live for _ in range(2 * LIVE_IN_A_ROW + 2)]
        assert [place for place, live in enumerate(order) if not live] == [
            LIVE_IN_A_ROW,
            2 * LIVE_IN_A_ROW + 1,
        ]

    def test_hands_share_among_themselves(self) -> None:
        turns: Turns[Task] = Turns()
        first = Task("one", is_live=True)
        turns.begin(first, 0.0)
        turns.end(first, 10.0)
        turns.add(Task("one", is_live=True), 10.0)
        turns.add(Task("two", is_live=True), 10.0)
        one = Task("one", is_live=True)
        turns.begin(one, 10.0)
        assert next_of(turns, 12.0).turn == "two"


def test_what_lost_its_worker_is_next_whatever_its_client_has_had() -> None:
    turns: Turns[Task] = Turns()
    lost = Task("a")
    turns.begin(lost, 0.0)
    for live in (False, True):
        turns.add(Task("b", is_live=live), 0.0)
        turns.add(Task("a", is_live=live), 0.0)
    turns.end(lost, 100.0)
    turns.add_again(lost)
    assert turns
    assert lost in list(turns)
    assert next_of(turns, 100.0) is lost
    assert next_of(turns, 100.0).turn == "b"


def test_what_lost_its_worker_may_be_withdrawn() -> None:
    turns: Turns[Task] = Turns()
    lost = Task("a")
    turns.begin(lost, 0.0)
    turns.end(lost, 1.0)
    turns.add_again(lost)
    turns.withdraw(lost)
    assert not turns
    assert turns.next(1.0) is None


def test_what_is_withdrawn_does_not_come() -> None:
    turns: Turns[Task] = Turns()
    tasks = [Task("a"), Task("a"), Task("b")]
    for task in tasks:
        turns.add(task, 0.0)
    turns.withdraw(tasks[0])
    turns.withdraw(tasks[2])
    assert list(turns) == [tasks[1]]
    assert next_of(turns) is tasks[1]
    assert not turns
