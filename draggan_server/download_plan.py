"""How much an installation by pip would fetch, and from where.

    python -m draggan_server.download_plan report.json     prints it as one line of JSON

`report.json` is what `pip install --dry-run --report` writes. Needs the standard library only,
since it runs before anything else is installed.
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

_TIMEOUT = 20.0  # seconds
_AT_ONCE = 8
_UNKNOWN_BYTES = 2_000_000
"""Taken for a file of which no server says how large it is."""


def plan(report: dict[str, Any]) -> dict[str, Any]:
    """`count` files of `needed` bytes in all, `fetched` bytes of them from `hosts`."""
    urls = [str(item["download_info"]["url"]) for item in report["install"]]
    local = [url for url in urls if urllib.parse.urlsplit(url).scheme == "file"]
    remote = [url for url in urls if url not in local]
    fetched = _sizes(remote)
    return {
        "count": len(urls),
        "fetched": fetched,
        "needed": fetched + sum(map(_local_size, local)),
        "hosts": sorted({urllib.parse.urlsplit(url).hostname or "" for url in remote}),
    }


def _sizes(urls: Iterable[str]) -> int:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return sum(pool.map(_remote_size, urls))


def _remote_size(url: str) -> int:
    request = urllib.request.Request(url, method="HEAD", headers={"Accept-Encoding": "identity"})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
            return int(answer.headers.get("Content-Length") or _UNKNOWN_BYTES)
    except (OSError, ValueError):
        return _UNKNOWN_BYTES


def _local_size(url: str) -> int:
    path = Path(urllib.request.url2pathname(urllib.parse.urlsplit(url).path))
    try:
        return path.stat().st_size
    except OSError:
        return 0


if __name__ == "__main__":
    print(json.dumps(plan(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
