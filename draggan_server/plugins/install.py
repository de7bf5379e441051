"""Put the plug-ins into every GIMP 3 and Krita >= 5.2 that is found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from draggan_server.plugins.hosts import Host, TooOld, enable_in_krita, find_hosts
from draggan_server.plugins.stage import KRITA_NAME, stage_gimp, stage_krita
from draggan_server.wire.install import install_record


@dataclass(frozen=True)
class Installed:
    """A plug-in that was put in place."""

    host: Host
    path: Path


def install_everywhere() -> list[Installed | TooOld]:
    """Install into every host found; hosts that are too old come back as `TooOld`."""
    record = install_record()
    done: list[Installed | TooOld] = []
    for host in find_hosts():
        if isinstance(host, TooOld):
            done.append(host)
        elif host.program == "GIMP":
            done.append(Installed(host, stage_gimp(host.folder, record)))
        else:
            done.append(Installed(host, stage_krita(host.folder, record)))
            if host.settings is not None:
                enable_in_krita(host.settings, KRITA_NAME)
    return done
