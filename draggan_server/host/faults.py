"""Failures, and errors that nobody foresaw, as a user is told of them."""

from __future__ import annotations

from draggan_server.host.sentences import refusals
from draggan_server.host.translation import tr, tr_error
from draggan_server.wire.errors import DaemonUnreachable, InternalError
from draggan_server.wire.messages import Failure


def fault(error: Exception, log_file: str) -> InternalError:
    """For an error that is in the log already."""
    return InternalError(refusals.FAULT, error=repr(error), log=log_file)


def failure_sentence(failure: Failure, again: str = "") -> str:
    """What went wrong. `again` is what the user does to try again once the daemon can be had."""
    sentence = tr_error(failure.error())
    if failure.code == DaemonUnreachable.code and again:
        return f"{sentence} {tr(again)}"
    return sentence
