"""The `draggan` command. Each command lies in a module of its own, imported when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from draggan_server import __version__, torch_settings
from draggan_server.wire.errors import DragganError

_COMMANDS = {
    "serve": "daemon",
    "connect": "connect",
    "keys": "keys",
    "status": "daemon",
    "stop": "daemon",
    "models": "models",
    "sample": "sample",
    "drag": "drag",
    "invert": "invert",
    "batch": "batch",
    "live": "live",
    "history": "history",
    "demo": "demo",
    "plugins": "plugins",
    "service": "service",
    "logs": "logs",
    "doctor": "doctor",
    "bench": "bench",
    "recipe": "recipe",
}
"""Command -> module. `serve` starts in a tenth of a second because it loads none of the others."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"{__name__}.{_COMMANDS[cmd_name]}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="draggan")
def _draggan() -> None:
    """Drag points of a picture, and the picture follows."""


def main() -> None:
    """Entry point. Bad input and an unreachable daemon end with a sentence and exit code 2."""
    torch_settings.settle()
    try:
        _draggan()
    except DragganError as error:
        click.echo(f"draggan: {error}", err=True)
        sys.exit(2)
    except OSError as error:  # such as a full disk below standard output
        click.echo(f"draggan: {error}.", err=True)
        sys.exit(1)
