"""What torch reads when it is imported. Every process of ours that imports it says so first."""

from __future__ import annotations

import os


def settle(count: int = 1) -> None:
    """Set it where nobody has, for one of `count` processes that share the machine's cores."""
    # Threads that spin while they wait cost a drag a factor of ten where the host itself keeps a
    # core busy: 41 s against 4 s with two threads on a loaded two-core machine. Read by the OpenMP
    # runtime when torch loads it.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if count > 1:
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // count)))
    # What torch lacks on MPS is done by the processor.
    os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
