"""Where this user's programs have their work done: stopping what serves them, and changing over to
another machine or back to this one.

Both are generators that never block: call `next` from a timer of some 20 ms, or `finish` them.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

from draggan_server.wire.client import Client
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.connector import Connector
from draggan_server.wire.errors import BadInput, DaemonUnreachable, DragganError
from draggan_server.wire.invitation import (
    Invitation,
    accept_invitation,
    accepted_invitation,
    invitation_file,
)
from draggan_server.wire.messages import Done, Event, Failure, GetStatus, Shutdown, Status
from draggan_server.wire.transport import open_transport

T = TypeVar("T")
Steps = Generator[None, None, T]

_ATTEMPTS = 3
_ANSWER_SECONDS = 5.0
_END_SECONDS = 10.0


def finish(steps: Steps[T]) -> T:
    """What the steps come to. Blocks."""
    try:
        while True:
            try:
                next(steps)
            except StopIteration as end:
                value: T = end.value
                return value
            time.sleep(0.01)
    finally:
        steps.close()


def stopping(connection_file: Path) -> Steps[bool]:
    """Stop what serves this user's programs, until it is gone; False where nothing does.

    It is asked without a `Hello`, to which a relay to a machine that is gone has no answer.
    """
    # A machine under load may take longer over a handshake than the daemon waits for it.
    for _ in range(_ATTEMPTS):
        if (yield from _was_told_to_stop(connection_file)):
            break
    else:
        return False
    deadline = time.monotonic() + _END_SECONDS
    while connection_file.exists() and time.monotonic() < deadline:
        yield  # the broker removes the file last, so the daemon is gone after it
    return True


def moving(
    connection_file: Path,
    to: Invitation | None,
    *,
    anyway: bool = False,
    connect: Callable[..., Connector] = Connector,
) -> Steps[Status | None]:
    """Use the daemon of an invitation from now on, or with None this machine's own, which is not
    started: None then, else the status of the other one.

    Raises `BadInput` while a drag is under way, unless `anyway`, and for a folder that cannot be
    written; `DaemonUnreachable` for an invitation that is of no use. What was used before is used
    then as before, and so it is where the steps to an invitation are closed before their end.
    """
    if not anyway:
        yield from _refuse_in_a_drag(connect)
    before = _usable_invitation(connection_file)
    _accept(connection_file, to)
    if to is None:
        yield from stopping(connection_file)
        return None
    try:
        yield from stopping(connection_file)
        return (yield from _status(connect()))
    except DragganError:
        _accept(connection_file, before)
        yield from stopping(connection_file)
        raise
    except BaseException:
        _accept(connection_file, before)
        finish(stopping(connection_file))
        raise


def _refuse_in_a_drag(connect: Callable[..., Connector]) -> Steps[None]:
    with contextlib.suppress(DaemonUnreachable):
        status = yield from _status(connect(start_daemon=False, timeout=_ANSWER_SECONDS))
        if status.drags:
            raise BadInput(
                "A drag is under way: let it end, or stop it (draggan stop); then try again."
            )


def _usable_invitation(connection_file: Path) -> Invitation | None:
    """A damaged one is none: it is replaced."""
    try:
        return accepted_invitation(connection_file)
    except BadInput:
        return None


def _accept(connection_file: Path, invitation: Invitation | None) -> None:
    try:
        accept_invitation(connection_file, invitation)
    except OSError as error:
        raise BadInput(
            "Which machine is used cannot be written into {path}: {error}",
            path=invitation_file(connection_file),
            error=error.strerror or error,
        ) from None


def _status(connector: Connector) -> Steps[Status]:
    try:
        while (client := connector.poll()) is None:
            yield
    finally:
        connector.close()
    with client:
        answer = yield from _answer(client, GetStatus())
    if isinstance(answer, Failure):
        raise answer.error()
    if not isinstance(answer, Status):
        raise DaemonUnreachable(
            "The DragGAN daemon gave no answer within {timeout} seconds.",
            timeout=f"{_ANSWER_SECONDS:g}",
        )
    return answer


def _was_told_to_stop(connection_file: Path) -> Steps[bool]:
    try:
        client = Client(open_transport(ConnectionFile.read(connection_file)))
    except DragganError:
        return False
    with client:
        return isinstance((yield from _answer(client, Shutdown())), Done)


def _answer(client: Client, message: GetStatus | Shutdown) -> Steps[Event | None]:
    answers: list[Event] = []
    client.send(message, answers.append)
    deadline = time.monotonic() + _ANSWER_SECONDS
    while not answers and time.monotonic() < deadline:
        yield
        client.pump()
    return answers[0] if answers else None
