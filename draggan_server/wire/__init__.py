"""All that a host imports: messages, codec, errors, connection and client.

    with connect() as client, client.edit(OpenEdit(SampleSource("toy-lion", 33))) as edit:
        ...

Needs the standard library and msgpack only, and uses pyzmq where it is there. The installer copies
this package into each plug-in under the same import name, so it must not import anything of
`draggan_server` outside itself. Importing it imports none of its modules: they are imported when a
name is first asked for (PEP 562).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from draggan_server.wire.client import Client
    from draggan_server.wire.connector import Connector, connect
    from draggan_server.wire.drag_config import (
        DragConfig,
        DragganConfig,
        FreedragConfig,
        NewtonConfig,
    )
    from draggan_server.wire.errors import (
        BadInput,
        DaemonUnreachable,
        DragganError,
        InternalError,
        OutOfMemory,
        ProtocolError,
        StaleRevision,
        UnknownEdit,
        UnknownModel,
        VersionMismatch,
        WorkerLost,
    )
    from draggan_server.wire.messages import (
        DragFinished,
        DragFrame,
        DragProgress,
        EditOpened,
        FindState,
        GetHistory,
        GetStatus,
        GoToDrag,
        History,
        ListModels,
        ModelInfo,
        ModelList,
        OpenEdit,
        OpenProgress,
        PastDrag,
        PhotoSource,
        Ping,
        Pixels,
        Pong,
        Resumed,
        SampleSource,
        SavedState,
        Shutdown,
        StartDrag,
        StateFound,
        Status,
        WentToDrag,
    )
    from draggan_server.wire.state import EditState, Point

__all__ = [
    "BadInput",
    "Client",
    "Connector",
    "DaemonUnreachable",
    "DragConfig",
    "DragFinished",
    "DragFrame",
    "DragProgress",
    "DragganConfig",
    "DragganError",
    "EditOpened",
    "EditState",
    "FindState",
    "FreedragConfig",
    "GetHistory",
    "GetStatus",
    "GoToDrag",
    "History",
    "InternalError",
    "ListModels",
    "ModelInfo",
    "ModelList",
    "NewtonConfig",
    "OpenEdit",
    "OpenProgress",
    "OutOfMemory",
    "PastDrag",
    "PhotoSource",
    "Ping",
    "Pixels",
    "Point",
    "Pong",
    "ProtocolError",
    "Resumed",
    "SampleSource",
    "SavedState",
    "Shutdown",
    "StaleRevision",
    "StartDrag",
    "StateFound",
    "Status",
    "UnknownEdit",
    "UnknownModel",
    "VersionMismatch",
    "WentToDrag",
    "WorkerLost",
    "connect",
]

_NAMES = {
    "client": ("Client",),
    "connector": (
        "Connector",
        "connect",
    ),
    "drag_config": (
        "DragConfig",
        "DragganConfig",
        "FreedragConfig",
        "NewtonConfig",
    ),
    "errors": (
        "BadInput",
        "DaemonUnreachable",
        "DragganError",
        "InternalError",
        "OutOfMemory",
        "ProtocolError",
        "StaleRevision",
        "UnknownEdit",
        "UnknownModel",
        "VersionMismatch",
        "WorkerLost",
    ),
    "messages": (
        "DragFinished",
        "DragFrame",
        "DragProgress",
        "EditOpened",
        "FindState",
        "GetHistory",
        "GetStatus",
        "GoToDrag",
        "History",
        "ListModels",
        "ModelInfo",
        "ModelList",
        "OpenEdit",
        "OpenProgress",
        "PastDrag",
        "PhotoSource",
        "Ping",
        "Pixels",
        "Pong",
        "Resumed",
        "SampleSource",
        "SavedState",
        "Shutdown",
        "StartDrag",
        "StateFound",
        "Status",
        "WentToDrag",
    ),
    "state": (
        "EditState",
        "Point",
    ),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
