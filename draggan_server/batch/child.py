"""A process of a batch that does one line after the other, by the commands that users type.

It reads a JSON array of words a line from standard input, and answers each with `{}`, or with
`error` and `code`. It keeps one connection to the daemon.

python -m draggan_server.batch.child
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import sys

import click

from draggan_server.cli.daemon_link import kept_connection
from draggan_server.wire.errors import BadInput, DragganError, InternalError

logger = logging.getLogger(__name__)


def main() -> None:
    """Serve until standard input closes."""
    answers = sys.stdout
    with kept_connection():
        for text in sys.stdin:
            answer = do(json.loads(text))
            answers.write(f"{json.dumps(answer)}\n")
            answers.flush()


def do(words: list[str]) -> dict[str, str]:
    """Do a command; what went wrong."""
    name, *rest = words
    command = getattr(importlib.import_module(f"draggan_server.cli.{name}"), name)
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            command.main(args=rest, prog_name=f"draggan {name}", standalone_mode=False)
    except DragganError as error:
        return {"error": str(error), "code": error.code}
    except click.ClickException as error:
        return {"error": error.format_message(), "code": BadInput.code}
    except OSError as error:
        return {"error": str(error), "code": BadInput.code}
    except Exception as error:
        logger.exception("%s failed", name)
        return {"error": f"{type(error).__name__}: {error}", "code": InternalError.code}
    return {}


if __name__ == "__main__":
    main()
