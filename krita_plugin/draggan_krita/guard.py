"""The border between Qt and this plug-in: what goes wrong becomes a sentence.

An exception that leaves a slot makes Krita open a "Script error" dialog over the user's work.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from draggan_server.host.faults import fault
from draggan_server.host.translation import tr_error
from draggan_server.wire.errors import DragganError

from .log import log_file

logger = logging.getLogger(__name__)


def guarded(method: Callable[..., Any]) -> Callable[..., None]:
    """Make a method of an object with `say(sentence)` safe to be called by Qt."""

    @functools.wraps(method)
    def safe(self: Any, *arguments: Any, **named: Any) -> None:
        try:
            method(self, *arguments, **named)
        except DragganError as error:
            self.say(tr_error(error))
        except Exception as error:
            logger.exception("unexpected error in %s", method.__name__)
            self.say(tr_error(fault(error, str(log_file()))))

    return safe
