"""How long a test waits for what has to come.

A limit says that something never comes; it is no measure of how fast it comes. So limits are as
long as a slow machine that does other things, too, needs.
"""

from __future__ import annotations

import time

_PATIENCE = 4.0


def patient(seconds: float) -> float:
    """The limit where a machine with cores to spare is done well within so many seconds."""
    return _PATIENCE * seconds


def deadline_in(seconds: float) -> float:
    """That limit from now on, on the monotonic clock."""
    return time.monotonic() + patient(seconds)
