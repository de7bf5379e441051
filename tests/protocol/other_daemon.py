"""The fake daemon as it would be in another release, in a process of its own.

python -m tests.protocol.other_daemon RELEASE MAJOR CONNECTION_FILE [IDLE_SECONDS]
"""

from __future__ import annotations

import runpy
import sys

from draggan_server.wire import versions

if __name__ == "__main__":
    release, major = sys.argv[1], int(sys.argv[2])
    del sys.argv[1:3]
    # Before anything else of the wire is imported, so that all of it is of that version.
    versions.PROTOCOL_VERSION = versions.OLDEST_VERSION = (major, 0)
    versions.THIS_SIDE = versions.Side(release, (major, 0), (major, 0))
    runpy.run_module("tests.protocol.fake_daemon", run_name="__main__")
