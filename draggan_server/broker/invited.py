"""Processes of the broker that come to its sockets with the invitations that it gives them."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from draggan_server.log_file import open_errors
from draggan_server.worker.channel import Invitation

logger = logging.getLogger(__name__)

_LONGEST_PAUSE_SECONDS = 30.0


def invited_process(
    command: Sequence[str],
    log_file: Path,
    invitations: Iterable[Invitation],
    *,
    afresh: bool,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start it; it finds the invitations in its standard input, which ends with the broker.

    What a crash prints goes where `open_errors` says.
    """
    with open_errors(log_file, afresh=afresh) as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=environment,
            # A terminal's Ctrl+C is for the broker, which ends its processes itself.
            start_new_session=True,
        )
    assert process.stdin is not None
    try:
        process.stdin.writelines(invitation.to_line() for invitation in invitations)
        process.stdin.flush()
    except OSError as error:
        logger.warning("process %d took no invitation: %s", process.pid, error)
    return process


def ending_of(code: int) -> str:
    """How a process has ended, by what the system says of it."""
    return f"ended by signal {-code}" if code < 0 else f"ended with code {code}"


def pause_after(failed_starts: int) -> float:
    """Seconds until one that has ended so often without having been of use is started again."""
    return 0.0 if failed_starts <= 1 else min(0.25 * 2**failed_starts, _LONGEST_PAUSE_SECONDS)
