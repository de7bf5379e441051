"""What can go wrong with a model file."""

from __future__ import annotations


class CheckpointError(Exception):
    """The file is there but is not a generator this package can run.

    The message says what was wrong and what to do.
    """
