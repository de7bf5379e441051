"""The daemon as commands use it: started where there is none, and again where it dies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from draggan_server.wire.client import Client
from draggan_server.wire.connector import connect
from draggan_server.wire.errors import DaemonUnreachable

T = TypeVar("T")


def with_daemon(action: Callable[[Client], T]) -> T:
    """What `action` returns. Where its daemon dies under it, it is done once more with another.

    A daemon that was stopped on purpose says so before it ends, and is not started again. Raises
    `DaemonUnreachable`.
    """
    with connect() as client:
        try:
            return action(client)
        except DaemonUnreachable as error:
            if str(error) != client.lost:
                raise
            why = error
    click.echo(f"{why} Another daemon is started, and this begins again.", err=True)
    with connect() as client:
        return action(client)
