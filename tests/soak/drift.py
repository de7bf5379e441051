"""The memory of a daemon and its worker under steady use, after a warm-up of a fifth of the time.

The engine is fake: what is measured is the broker, the wire and the worker's loop.
"""

from __future__ import annotations

import time
from pathlib import Path

from draggan_server.wire.messages import CloseEdit, Pixels
from tests.protocol.daemons import RunningDaemon
from tests.protocol.test_over_sockets import drag_of, open_edit
from tests.soak.processes import memory
from tests.soak.row import Row

SECONDS = {"tiny": 2.0, "ci": 300.0, "long": 1800.0, "soak": 8 * 3600.0}
_CLIENTS = 4
_LIMIT = 0.02


def run(size: str, folder: Path) -> list[Row]:
    with RunningDaemon(folder) as daemon:
        clients = [daemon.client() for _ in range(_CLIENTS)]
        pids = {"broker": daemon.process.pid, "worker": daemon.worker_pid()}
        layer = Pixels(256, 256, 4, bytes(256 * 256 * 4))
        began, drags = time.monotonic(), 0
        before: dict[str, float] = {}
        while (elapsed := time.monotonic() - began) < SECONDS[size]:
            for client in clients:
                edit = open_edit(client)
                client.ask(drag_of(edit, layer=layer, preview_seconds=0.001))
                client.ask(CloseEdit(edit.edit_id))
                drags += 1
            if not before and elapsed > SECONDS[size] / 5:
                before = {name: memory(pid) for name, pid in pids.items()}
        growth = {name: memory(pid) / before[name] - 1 for name, pid in pids.items()}
        for client in clients:
            client.close()
    what = f"steady drags: processes whose memory grew by more than {_LIMIT:.0%}"
    figures = ", ".join(f"{name} {share:+.1%}" for name, share in growth.items())
    figures = f"{figures} in {SECONDS[size]:.0f} s, fake engine"
    # Seconds are too short to warm up in: then the figures alone are of use.
    grown = sum(share > _LIMIT for share in growth.values()) if size != "tiny" else 0
    return [Row(what, drags, grown, figures)]
