"""The worker process. The broker starts it and writes the invitation to its standard input.

python -m draggan_server.worker [NUMBER COUNT]     the number of this worker, from 0, of so many
"""

from __future__ import annotations

import faulthandler
import functools
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from draggan_server import torch_settings
from draggan_server.log_file import log_to_file
from draggan_server.worker.channel import Channel, Invitation
from draggan_server.worker.job_loop import JobLoop
from draggan_server.worker.runs import Engine

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


def make_engine(number: int = 0, count: int = 1) -> Engine:
    """For the worker of this number, from 0, of `count` on this machine: they take its graphics
    cards in turn, and have a part of its cores each."""
    torch_settings.settle(count)
    from draggan_server.worker.device import choose_device
    from draggan_server.worker.engine import EditingEngine

    return EditingEngine(choose_device(number))


if __name__ == "__main__":
    run(functools.partial(make_engine, *map(int, sys.argv[1:])))
