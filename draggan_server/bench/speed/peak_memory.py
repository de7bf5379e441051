"""The peak memory of a step, of a process that does nothing else.

python -m draggan_server.bench.speed.peak_memory '{"resolution": 256, ...}' ours 1
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from draggan_server.wire.json_record import from_document, parse, to_document

if TYPE_CHECKING:
    from draggan_server.bench.speed.step import Case

_STATUS = Path("/proc/self/status")


def peak_memory(case: Case, side: str, threads: int) -> float | None:
    """MB, of a fresh process that loads the generator and takes two steps; None but on Linux."""
    if not _STATUS.exists():
        return None
    arguments = [json.dumps(to_document(case)), side, str(threads)]
    run = subprocess.run(
        [sys.executable, "-m", __spec__.name, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(run.stdout)


def _main(case_json: str, side: str, threads: str) -> None:
    """Print the peak resident memory (MB) of this process after two steps of one side."""
    import torch

    from draggan_server.bench.speed.step import Case, step_of

    torch.set_num_threads(int(threads))
    step = step_of(from_document(Case, parse(case_json)), side)
    step()
    step()
    peak = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    print(int(peak.split()[1]) / 1024)


if __name__ == "__main__":
    _main(*sys.argv[1:])
