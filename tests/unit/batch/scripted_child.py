"""A child of a batch without a daemon: it does what the seed says.

python -m tests.unit.batch.scripted_child
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    for text in sys.stdin:
        words = json.loads(text)
        output = Path(words[words.index("--output") + 1])
        seed = int(words[words.index("--seed") + 1]) if "--seed" in words else 0
        tried = output.with_suffix(".tried")
        answer = {}
        if seed == 1:  # never works
            with tried.open("a") as file:
                file.write("x")
            answer = {"error": "no room", "code": "out-of-memory"}
        elif seed == 2 and not tried.exists():  # works the second time
            tried.touch()
            os._exit(9)
        elif seed == 3:
            answer = {"error": "bad", "code": "bad-input"}
        elif seed == 4:
            answer = {"error": "nobody there.", "code": "unreachable"}
        elif seed == 6:  # the daemon has tried other workers
            answer = {"error": "no worker", "code": "worker-lost"}
        elif seed == 5:
            time.sleep(3600)
        if not answer:
            output.write_text(str(seed))
        print(json.dumps(answer), flush=True)
