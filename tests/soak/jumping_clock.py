"""The fake daemon with a clock that is wrong by as many seconds as a file says at that moment, and
with room for few revisions, so that every save has to choose which of them is the oldest.

    python -m tests.soak.jumping_clock FILE ARGUMENTS_OF_THE_FAKE_DAEMON
"""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path

from draggan_server.broker import store


def main() -> None:
    file = Path(sys.argv.pop(1))
    right = time.time
    time.time = lambda: right() + float(file.read_text() or 0)
    store.MAX_REVISIONS = 4
    runpy.run_module("tests.protocol.fake_daemon", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
