"""What a procedure answers to GIMP: success, a sentence that says what went wrong, or a cancel."""

from __future__ import annotations

import logging
from collections.abc import Callable

from gi.repository import Gimp, GLib, GObject

from draggan_server.host.faults import fault
from draggan_server.host.translation import tr_error
from draggan_server.wire.errors import BadInput, DragganError

from .log import log_file

_log = logging.getLogger(__name__)


class Cancelled(Exception):
    """The user ended it; nothing was changed."""


def answer(
    procedure: Gimp.Procedure, work: Callable[[], Gimp.Layer | str | None]
) -> Gimp.ValueArray:
    """Run `work` and turn the layer or the text that it may return, or the error it raises, into
    return values."""
    try:
        result = work()
    except Cancelled:
        return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
    except BadInput as error:
        return _failure(procedure, Gimp.PDBStatusType.CALLING_ERROR, tr_error(error))
    except DragganError as error:
        _log.warning("%s: %s", procedure.get_name(), error)
        return _failure(procedure, Gimp.PDBStatusType.EXECUTION_ERROR, tr_error(error))
    except Exception as error:  # noqa: BLE001  the one place where nothing may pass
        # GIMP would show an empty message for an exception that leaves the plug-in.
        _log.exception("%s failed", procedure.get_name())
        sentence = tr_error(fault(error, str(log_file())))
        return _failure(procedure, Gimp.PDBStatusType.EXECUTION_ERROR, sentence)
    values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)
    if result is None:
        return values
    if isinstance(result, str):
        value = GObject.Value(GObject.TYPE_STRING, result)
    else:
        value = GObject.Value(Gimp.Layer.__gtype__)
        value.set_object(result)
    values.remove(1)
    values.insert(1, value)
    return values


def _failure(
    procedure: Gimp.Procedure, status: Gimp.PDBStatusType, sentence: str
) -> Gimp.ValueArray:
    error = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), sentence, 0)
    return procedure.new_return_values(status, error)
