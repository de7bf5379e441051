"""What a procedure answers to GIMP: success, a sentence that says what went wrong, or a cancel."""

from __future__ import annotations

from collections.abc import Callable

from gi.repository import Gimp, GLib, GObject

from draggan_server.host.faults import explained
from draggan_server.wire.errors import BadInput

from .log import log_file
from .work import Cancelled


def answer(
    procedure: Gimp.Procedure, work: Callable[[], Gimp.Layer | str | None]
) -> Gimp.ValueArray:
    """Run `work` and turn the layer or the text that it may return, or the error it raises, into
    return values."""
    status = Gimp.PDBStatusType
    try:
        result = work()
    except Cancelled:
        return procedure.new_return_values(status.CANCEL, None)
    except Exception as error:  # noqa: BLE001  GIMP would show an empty message
        sentence = explained(error, procedure.get_name(), str(log_file()))
        failure = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), sentence, 0)
        blamed = status.CALLING_ERROR if isinstance(error, BadInput) else status.EXECUTION_ERROR
        return procedure.new_return_values(blamed, failure)
    values = procedure.new_return_values(status.SUCCESS, None)
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
