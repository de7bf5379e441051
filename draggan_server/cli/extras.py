"""Commands that need more than the daemon does say what to install."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from draggan_server.wire.errors import BadInput


@contextlib.contextmanager
def needs_extra(name: str) -> Iterator[None]:
    """Turns a missing module into `BadInput` that names the extra to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise BadInput(
            f"This command needs {error.name}, which is not installed. Install it with "
            f"pip install 'draggan-server[{name}]' (in the repository: pip install -e '.[{name}]')."
        ) from None
