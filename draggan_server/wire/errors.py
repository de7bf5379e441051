"""The errors a client can meet.

    DragganError
    ├── BadInput              what was asked for cannot be done as it stands; nothing was changed
    │   ├── UnknownModel      no installed model of that name
    │   ├── UnknownEdit       the daemon does not know the edit (any more)
    │   └── StaleRevision     the edit has moved on since the client last saw it
    ├── ProtocolError         a message that breaks the protocol
    │   └── ForeignVersion    one of a version that is not spoken here; sent as its base
    ├── DaemonUnreachable     no daemon answers
    │   ├── DaemonMissing     none was set up for this user; never sent
    │   └── VersionMismatch   the one that answers is of another version; never sent
    ├── WorkerLost            the process that computed died; edits are kept
    ├── OutOfMemory           the device has no room for the job
    └── InternalError         a fault of the daemon's own, written to its log

Each class has a `code`, which is what travels in a `Failure` message.
"""

from __future__ import annotations

from collections.abc import Iterable

from draggan_server.wire.said import Said


class DragganError(Exception):
    """Base of every error here. The sentence says what was wrong, the limit, and what to do.

    It is English, with the values in the places of its {names}; hosts translate `sentence` and put
    `values` in. Without values it is taken as it stands. It may be several sentences, each on a
    line of its own, to be translated one by one.
    """

    code = "error"

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence.replace("\n", " ").format(**values) if values else sentence)
        self.sentence = sentence
        self.values: dict[str, object] = dict(values)

    @property
    def said(self) -> Said:
        """What it says, to be said within another sentence."""
        return Said(self.sentence.replace("\n", " "), **self.values)


class BadInput(DragganError):
    code = "bad-input"


class UnknownModel(BadInput):
    code = "unknown-model"


class UnknownEdit(BadInput):
    code = "unknown-edit"


class StaleRevision(BadInput):
    code = "stale-revision"


class ProtocolError(DragganError):
    code = "protocol"


class ForeignVersion(ProtocolError):
    pass


class DaemonUnreachable(DragganError):
    code = "unreachable"


class DaemonMissing(DaemonUnreachable):
    pass


class VersionMismatch(DaemonUnreachable):
    pass


class WorkerLost(DragganError):
    code = "worker-lost"


class OutOfMemory(DragganError):
    code = "out-of-memory"


class InternalError(DragganError):
    code = "internal"


_CLASSES = (
    BadInput,
    UnknownModel,
    UnknownEdit,
    StaleRevision,
    ProtocolError,
    DaemonUnreachable,
    WorkerLost,
    OutOfMemory,
    InternalError,
)
_BY_CODE = {cls.code: cls for cls in _CLASSES}


def error_for(
    code: str, message: str, sentence: str = "", values: Iterable[tuple[str, str]] = ()
) -> DragganError:
    """The exception for a `Failure`; an unknown code gives a plain `DragganError`."""
    error = _BY_CODE.get(code, DragganError)(message)
    if sentence:
        error.sentence, error.values = sentence, dict(values)
    return error


def unreachable(why: str) -> DaemonUnreachable:
    """The error for why there is no connection, which can be translated where it is `Said`."""
    return (
        DaemonUnreachable(why.sentence, **why.values)
        if isinstance(why, Said)
        else (DaemonUnreachable(why))
    )
