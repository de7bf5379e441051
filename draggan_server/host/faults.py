"""Failures, and errors that nobody foresaw, as a user is told of them."""

from __future__ import annotations

import logging

from draggan_server.host.sentences import refusals
from draggan_server.host.translation import tr, tr_error
from draggan_server.wire.errors import BadInput, DaemonUnreachable, DragganError, InternalError
from draggan_server.wire.messages import Failure

_logger = logging.getLogger(__name__)


def fault(error: Exception, log_file: str) -> InternalError:
    """For an error that is in the log already."""
    return InternalError(refusals.FAULT, error=repr(error), log=log_file)


def explained(error: Exception, doing: str, log_file: str) -> str:
    """What a user is told of an error. The log is told what was being done, unless the user has
    given what cannot be used."""
    if isinstance(error, DragganError):
        if not isinstance(error, BadInput):
            _logger.warning("%s: %s", doing, error)
        return tr_error(error)
    _logger.error("unexpected error in %s", doing, exc_info=error)
    return tr_error(fault(error, log_file))


def failure_sentence(failure: Failure, again: str = "") -> str:
    """What went wrong. `again` is what the user does to try again once the daemon can be had."""
    sentence = tr_error(failure.error())
    if failure.code == DaemonUnreachable.code and again:
        return f"{sentence} {tr(again)}"
    return sentence
