"""How many workers so many artists need: a simulation.

    python -m tests.artists [ARTISTS ...]

An artist drags for ten seconds and then looks, paints and chooses for ninety, on the average; both
times are drawn from exponential distributions. A drag begins where a worker is free, and waits its
turn otherwise. As many workers are enough as let 99 of 100 drags begin within a tenth of a second.
Brokers share nothing: each has artists and workers of its own. What a broker, a frame and an
autosave take is not simulated, but computed from what SCALE.md says was measured.
"""

from __future__ import annotations

import heapq
import random
import sys
from collections import deque

ARTISTS = (10, 100, 460, 1_000, 100_000)
DRAG_SECONDS = 10.0
PAUSE_SECONDS = 90.0
WAIT_SECONDS = 0.1
IN_TIME = 0.99
_DRAGS = 60_000
_SEED = 11


def in_time(artists: int, workers: int) -> float:
    """The share of drags that begin in time."""
    dice = random.Random(_SEED)
    presses = [(dice.expovariate(1 / PAUSE_SECONDS), artist) for artist in range(artists)]
    heapq.heapify(presses)
    ends: list[tuple[float, int]] = []
    waiting: deque[tuple[float, int]] = deque()
    begun = punctual = 0
    while begun < _DRAGS + artists:
        if ends and (not presses or ends[0][0] <= presses[0][0]):
            now, artist = heapq.heappop(ends)
            heapq.heappush(presses, (now + dice.expovariate(1 / PAUSE_SECONDS), artist))
        else:
            now, artist = heapq.heappop(presses)
            waiting.append((now, artist))
        while waiting and len(ends) < workers:
            pressed, artist = waiting.popleft()
            heapq.heappush(ends, (now + dice.expovariate(1 / DRAG_SECONDS), artist))
            begun += 1
            if begun > artists:  # before, all had just sat down
                punctual += now - pressed <= WAIT_SECONDS
    return punctual / (begun - artists)


def workers_for(artists: int) -> int:
    """The fewest that let enough drags begin in time."""
    few, many = 0, artists
    while many - few > 1:
        middle = (few + many) // 2
        if in_time(artists, middle) >= IN_TIME:
            many = middle
        else:
            few = middle
    return many


def main(*given: str) -> None:
    print("| artists | drags at a time, mean | workers | begin within 0.1 s | busy |")
    print("|---|---|---|---|---|")
    for artists in map(int, given) if given else ARTISTS:
        workers = workers_for(artists)
        share = in_time(artists, workers)
        mean = artists * DRAG_SECONDS / (DRAG_SECONDS + PAUSE_SECONDS)
        print(
            f"| {artists:,} | {mean:,.0f} | {workers:,} | {share:.1%} | {mean / workers:.0%} |",
            flush=True,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
