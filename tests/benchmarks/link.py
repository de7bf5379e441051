"""What a link of 5 ms adds to a live drag by the daemon of another machine.

    python -m tests.benchmarks.link [ROUNDS]

From a move of the hand to the first picture that knows of it, by the daemon itself and by a relay,
CURVE and a link that hands everything on 5 ms later, in turns. The engine is fake, so that what is
seen is the way and not the work: its steps take 5 ms, its pictures have 32 x 32 pixels.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from draggan_server.wire.client import Client
from draggan_server.wire.live_job import LiveJob
from draggan_server.wire.messages import Event, LiveFrame, Pixels
from tests.benchmarks.delayed import delayed_link
from tests.benchmarks.figure import Figure, table
from tests.protocol.fake_engine import SIDE
from tests.protocol.test_house import HouseDaemon, RelayProcess, free_port
from tests.protocol.test_over_sockets import open_edit

LINK_SECONDS = 0.005
GOAL_MS = 15.0
_MOVES = 40


def answers(client: Client) -> list[float]:
    """Milliseconds from each of some moves to the first picture that knows of it."""
    frames: list[LiveFrame] = []
    ends: list[Event] = []
    layer = Pixels(SIDE, SIDE, 4, bytes(SIDE * SIDE * 4))
    job = LiveJob(
        client,
        open_edit(client),
        ((16.0, 16.0),),
        layer=layer,
        on_frame=frames.append,
        on_end=ends.append,
    )
    times = []
    for number in range(_MOVES):
        began = time.perf_counter()
        move = job.move(((4.0 + number % 24, 6.0 + number % 20),))
        while not any(one.number >= move and one.picture is not None for one in frames[-8:]):
            client.wait(0.05)
            client.pump()
            assert not ends, ends
        times.append((time.perf_counter() - began) * 1e3)
        time.sleep(0.02)  # a hand moves on
    job.cancel()
    while not ends:
        client.wait(0.05)
        client.pump()
    return times


def main(rounds: int = 10) -> None:
    with tempfile.TemporaryDirectory(prefix="draggan-link-") as folder:
        homes = [Path(folder) / name for name in ("house", "own")]
        for home in homes:
            home.mkdir()
        near_times, far_times = [], []
        port = free_port()
        with (
            HouseDaemon(homes[0]) as house,
            delayed_link(port, house.address.port, LINK_SECONDS),
        ):
            house.worker_pid()
            invitation = house.invite()
            far = replace(invitation, address=replace(invitation.address, port=port))
            with RelayProcess(homes[1], far) as relay:
                for _ in range(rounds):
                    with house.client() as client:
                        near_times += answers(client)
                    with relay.client() as client:
                        far_times += answers(client)
    near, farther = statistics.median(near_times), statistics.median(far_times)
    what = f"a picture after a move: {near:.1f} ms here, over the link later by"
    print(table([Figure("a link of 5 ms each way", what, farther - near, "ms", GOAL_MS)]))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
