"""Fills the object stores of a Ray cluster's nodes until its input ends.

    python -m tests.cluster.filler ADDRESS

It says `full` when each node has been given as much to keep as its store can hold.
"""

from __future__ import annotations

import os
import sys

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

_PIECE = 4 << 20


@ray.remote(num_cpus=0)
class Holder:
    """Keeps things in its node's store."""

    def fill(self, size: int) -> None:
        """Keep `size` bytes."""
        self._held = [ray.put(bytes(_PIECE)) for _ in range(size // _PIECE + 1)]


def main(address: str) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Ray prints
    ray.init(address=address, log_to_driver=False)
    holders = []
    for node in ray.nodes():
        if node["Alive"]:
            strategy = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            holder = Holder.options(scheduling_strategy=strategy).remote()
            holders.append((holder, int(node["Resources"]["object_store_memory"])))
    ray.get([holder.fill.remote(size) for holder, size in holders])
    print("full", file=answers, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
