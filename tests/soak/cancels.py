"""From `CancelDrag` to its acknowledgement, with a fake engine whose steps take 5 ms."""

from __future__ import annotations

import time
from pathlib import Path

from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.messages import CancelDrag, CloseEdit, DragCancelled, DragProgress
from tests.protocol.daemons import RunningDaemon
from tests.protocol.fake_engine import STEP_SECONDS, Behaviour
from tests.protocol.linked import Inbox, pump_until
from tests.protocol.test_over_sockets import drag_of, open_edit
from tests.soak.row import Row

SIZES = {"tiny": 5, "ci": 500, "long": 5_000, "soak": 20_000}
_LIMIT_SECONDS = STEP_SECONDS + 0.05


def run(size: str, folder: Path) -> list[Row]:
    count = SIZES[size]
    with RunningDaemon(folder) as daemon:
        client = daemon.client()
        daemon.worker_pid()
        waits = []
        for _ in range(count):
            edit = open_edit(client, Behaviour.ENDLESS)
            inbox = Inbox(client, drag_of(edit, config=drag_config(max_steps=2000)))
            pump_until(client, inbox, DragProgress)
            began = time.monotonic()
            client.send(CancelDrag(inbox.id))
            pump_until(client, inbox, DragCancelled)
            waits.append(time.monotonic() - began)
            client.ask(CloseEdit(edit.edit_id))
        client.close()
    p99 = sorted(waits)[min(count * 99 // 100, count - 1)]
    what = (
        f"cancel to acknowledgement: p99 above one step and 50 ms ({_LIMIT_SECONDS * 1000:.0f} ms)"
    )
    # The slowest of a few tells of the machine: then only that each is acknowledged is looked at.
    late = int(p99 > _LIMIT_SECONDS) if size != "tiny" else 0
    return [Row(what, count, late, f"p99 {p99 * 1000:.1f} ms, fake engine")]
