"""Errors that nobody foresaw, as a user is told of them."""

from __future__ import annotations

from draggan_server.host.sentences import refusals
from draggan_server.wire.errors import InternalError


def fault(error: Exception, log_file: str) -> InternalError:
    """For an error that is in the log already."""
    return InternalError(refusals.FAULT, error=repr(error), log=log_file)
