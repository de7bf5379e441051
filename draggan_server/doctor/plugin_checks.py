"""From the host program to its plug-in: found, whole, of this version."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from draggan_server import __version__
from draggan_server.doctor.finding import Finding, good
from draggan_server.doctor.host_python import check_python
from draggan_server.plugins.hosts import TooOld
from draggan_server.plugins.install import Installation, install_everywhere, look
from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.install_record import InstallRecord
from draggan_server.wire.json_record import from_document, parse
from draggan_server.wire.said import Said

_INSTALL = Said("Run: draggan plugins install. Then start the program again.")


def check_plugins() -> Iterator[Finding]:
    found = look()
    if not found:
        yield Finding(
            "hosts",
            "bad",
            "No GIMP 3 and no Krita 5.2 was found.",
            "Install one, start it once, and run: draggan plugins install",
        )
    for one in found:
        if isinstance(one, TooOld):
            yield Finding(
                Said("{program} {version}", program=one.program, version=one.version),
                "warning",
                Said("It is too old for the plug-in: {needed} is needed.", needed=one.needed),
                "Install a newer one; a Flatpak or an AppImage of it can stand beside this one.",
            )
        else:
            yield _check_installation(one)
            yield from check_python(one.host)


def _check_installation(one: Installation) -> Finding:
    link = Said("plug-in for {host}", host=one.host)
    if one.blocked:
        return Finding(
            link,
            "bad",
            Said(
                "Files that DragGAN did not write, or that were changed, are in {path}: {files}",
                path=one.path,
                files=", ".join(one.todo.blocked[:3]),
            ),
            "Move them away, then run: draggan plugins install",
        )
    if not one.changes:
        return good(link, f"Installed in {one.path}, version {__version__}.")
    if one.version is None:
        says = Said("It is not installed.")
    elif one.version not in ("", __version__):
        says = Said(
            "Version {version} is installed, the daemon is of version {ours}.",
            version=one.version,
            ours=__version__,
        )
    elif other := _other_command(one.path):
        says = Said("It starts another installation of DragGAN: {other}", other=other)
    elif one.switch and not one.todo.changes:
        says = Said("It is switched off in Krita.")
    else:
        files = ", ".join(one.todo.write[:3])
        says = Said("Files are missing or old: {files}", files=files)
    return Finding(link, "bad", says, _INSTALL, lambda: _mend_installation())


def _mend_installation() -> None:
    install_everywhere()


def _other_command(plug_in: Path) -> str | None:
    """The command by which an installed plug-in starts a daemon that is not this one's."""
    try:
        document = parse((plug_in / "vendor/install.json").read_bytes())
        command = from_document(InstallRecord, document).command
    except (OSError, ProtocolError):
        return None
    return " ".join(command) if command and command[0] != sys.executable else None
