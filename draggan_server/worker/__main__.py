"""The worker process. The broker starts it and writes the invitation to its standard input."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from draggan_server.log_file import log_to_file
from draggan_server.worker.channel import Channel, Invitation
from draggan_server.worker.job_loop import Engine, JobLoop

logger = logging.getLogger(__name__)


def run(make_engine: Callable[[], Engine]) -> None:
    """Connect to the broker that started this process and run its jobs until told to leave."""
    faulthandler.enable()
    invitation = Invitation.from_line(sys.stdin.buffer.readline())
    threading.Thread(target=_leave_with_the_broker, daemon=True).start()
    log_to_file(Path(invitation.log_file))
    logger.info("worker %d starts", os.getpid())
    try:
        engine = make_engine()
        channel = Channel(invitation)
        JobLoop(channel, engine, invitation.log_file).run()
        channel.close()
    except Exception:
        logger.exception("worker %d failed", os.getpid())
        raise


def _leave_with_the_broker() -> None:
    """The other end of standard input closes when the broker ends, however it ends."""
    # Not by `sys.stdin`: a thread that holds its lock makes the interpreter's own end fail.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(0)


def _make_engine() -> Engine:
    # Threads that spin while they wait cost a drag a factor of ten where the host itself keeps a
    # core busy: 41 s against 4 s with two threads on a loaded two-core machine. Read by the OpenMP
    # runtime when torch loads it.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # What torch lacks on MPS is done by the processor. Read when torch is imported.
    os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
    from draggan_server.worker.device import choose_device
    from draggan_server.worker.engine import EditingEngine

    return EditingEngine(choose_device())


if __name__ == "__main__":
    run(_make_engine)
