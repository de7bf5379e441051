"""A daemon that has a model for any picture: a tiny diffusion model of random weights."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.daemon import running_daemon
from tests.unit.diffusion.tiny import save_pixel_model

ANY_PICTURE = "anything"


@contextlib.contextmanager
def running_with_any_picture(home: Path) -> Iterator[dict[str, str]]:
    """Run it; the variables that lead clients to it."""
    save_pixel_model(home / "data/draggan/models" / ANY_PICTURE)
    with running_daemon(home) as environment:
        yield environment
