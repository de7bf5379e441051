"""What /proc says of a process."""

from __future__ import annotations

import os
from pathlib import Path


def memory(pid: int) -> float:
    """Bytes of its own in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


def held(pid: int) -> dict[str, int]:
    """Descriptors, sockets among them, and threads."""
    links = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(os.readlink(link))
        except FileNotFoundError:
            continue  # closed meanwhile
    return {
        "descriptors": len(links),
        "sockets": sum(link.startswith("socket:") for link in links),
        "threads": len(list(Path(f"/proc/{pid}/task").iterdir())),
    }


def with_argument(text: str) -> list[int]:
    """The processes with this argument."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                arguments = (folder / "cmdline").read_bytes().split(b"\0")
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue  # it has ended
            if text.encode() in arguments and state != "Z":
                found.append(int(folder.name))
    return found
