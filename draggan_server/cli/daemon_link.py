"""The daemon as commands use it: started where there is none, and again where it dies."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TypeVar

import click

from draggan_server.wire.client import Client
from draggan_server.wire.connector import connect
from draggan_server.wire.errors import DaemonUnreachable

T = TypeVar("T")


class _Kept:
    """The connection that `kept_connection` keeps for this process."""

    wanted = False
    client: Client | None = None


def with_daemon(action: Callable[[Client], T]) -> T:
    """What `action` returns. Where its daemon dies under it, it is done once more with another.

    A daemon that was stopped on purpose says so before it ends, and is not started again. Raises
    `DaemonUnreachable`.
    """
    with _connected() as client:
        try:
            return action(client)
        except DaemonUnreachable as error:
            if str(error) != client.lost:
                raise
            why = error
    click.echo(f"{why} Another daemon is started, and this begins again.", err=True)
    with _connected() as client:
        return action(client)


@contextlib.contextmanager
def kept_connection() -> Iterator[None]:
    """Within the `with`, all that is done with a daemon uses one connection while it stands."""
    _Kept.wanted = True
    try:
        yield
    finally:
        _Kept.wanted = False
        if _Kept.client is not None:
            _Kept.client.close()
            _Kept.client = None


@contextlib.contextmanager
def _connected() -> Iterator[Client]:
    if not _Kept.wanted:
        with connect() as client:
            yield client
        return
    if _Kept.client is None or _Kept.client.lost is not None:
        _Kept.client = connect()
    yield _Kept.client
