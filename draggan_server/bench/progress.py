"""The bar that every measurement shows on standard error: what is being done, and how much is."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Bar:
    """A context manager. `total` is how many pieces of work there are."""

    def __init__(self, total: int, what: str = "") -> None:
        self._progress = Progress(
            TextColumn("{task.description:40.40}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task(what, total=total)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def tell(self, what: str) -> None:
        """What is being done now."""
        self._progress.update(self._task, description=what)

    def advance(self, what: str | None = None) -> None:
        """One more piece is done, and what it was."""
        self._progress.update(self._task, advance=1, description=what)

    def reach(self, done: int) -> None:
        """So many pieces are done."""
        self._progress.update(self._task, completed=done)
