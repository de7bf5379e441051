"""How long a pause has to be for a host to catch up while the machine does other things, too."""

from __future__ import annotations

import os
import time

SHORTEST_PAUSE = 0.2
"""Seconds; what waits for less only asks again."""

_MOST, _MOST_SECONDS = 3.0, 4.0


def stretched(seconds: float) -> float:
    """As many seconds on a machine with cores to spare; on a busy one up to three times as many, or
    four more."""
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    return min(seconds * min(max(busy, 1.0), _MOST), seconds + _MOST_SECONDS)


def pause(seconds: float) -> None:
    """Sleep so long where the machine has cores to spare, see `stretched`."""
    time.sleep(stretched(seconds))
