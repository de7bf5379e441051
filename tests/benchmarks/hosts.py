"""How fast the plug-ins are in real hosts, with the default model on a real daemon.

    python -m tests.benchmarks.hosts [--json] [--side PIXELS] [gimp] [krita]

Figures are of one run on this machine, whose other work counts in: they say the load they were
measured under.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.figure import Figure, table
from tests.benchmarks.gimp_paces import gimp_figures
from tests.benchmarks.krita_paces import krita_figures
from tests.daemon import running_daemon

HOSTS: dict[str, Callable[[Path, dict[str, str], int | None], list[Figure]]] = {
    "gimp": gimp_figures,
    "krita": krita_figures,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.hosts", description=__doc__)
    parser.add_argument("hosts", nargs="*", choices=[[], *HOSTS], help="one of them only")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--side", type=int, help="of the document that the picture lies in")
    asked = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "daemon"
        home.mkdir()
        with running_daemon(home) as environment:
            for host in asked.hosts or HOSTS:
                figures += HOSTS[host](Path(folder) / host, environment, asked.side)
    load, cores = os.getloadavg()[0], os.cpu_count()
    if asked.json:
        rows = [asdict(each) | {"reached": each.reached} for each in figures]
        print(json.dumps({"load": load, "cores": cores, "figures": rows}))
    else:
        print(table(figures), f"\nLoad at the end: {load:.1f}, on {cores} cores.")


if __name__ == "__main__":
    main()
