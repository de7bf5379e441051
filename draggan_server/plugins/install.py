"""Put the plug-ins into every GIMP 3 and Krita >= 5.2 that is found, and take them out again.

What is written is written down in a manifest beside it. An upgrade changes what differs and
nothing else; nothing is touched that no installation wrote.
"""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from draggan_server import __version__
from draggan_server.plugins import kritarc, manifest
from draggan_server.plugins.hosts import Host, TooOld, find_hosts
from draggan_server.plugins.manifest import Manifest, digest, manifest_of
from draggan_server.plugins.placing import Plan, carry_out, plan
from draggan_server.plugins.stage import GIMP, KRITA_NAME, PLUG_INS, PlugIn
from draggan_server.wire.install_record import InstallRecord, install_record, shared_record_file


@dataclass(frozen=True)
class Installation:
    """The plug-in of one host: what is there, and what is to be done.

    `version` is that of the installed one: None where there is none, empty where nothing tells it.
    """

    host: Host
    path: Path
    version: str | None
    todo: Plan
    switch: bool = False  # whether Krita's settings are to be changed

    @property
    def changes(self) -> bool:
        return self.todo.changes or self.switch

    @property
    def blocked(self) -> bool:
        """Whether files of somebody else are in the way, so that nothing is done."""
        return bool(self.todo.blocked)


def look() -> list[Installation | TooOld]:
    """What `install_everywhere` would do, and what is there. Changes nothing."""
    return install_everywhere(dry_run=True)


def install_everywhere(*, dry_run: bool = False) -> list[Installation | TooOld]:
    """Install into every host found; hosts that are too old come back as `TooOld`.

    Raises `OSError`; the same call goes on from there.
    """
    record = install_record()
    done: list[Installation | TooOld] = []
    with _Stage(record) as stage:
        for host in find_hosts():
            if isinstance(host, TooOld):
                done.append(host)
            else:
                done.append(_install(host, stage.of(host), dry_run))
    if not dry_run and any(isinstance(one, Installation) for one in done):
        record.write(shared_record_file())
    return done


def uninstall_everywhere(*, dry_run: bool = False) -> list[Installation]:
    """Take out of every host what was installed. Raises `OSError`; the same call goes on then."""
    with _Stage(install_record()) as stage:
        found = [host for host in find_hosts() if isinstance(host, Host)]
        done = [_uninstall(host, stage.of(host), dry_run) for host in found]
    if not dry_run:
        shared_record_file().unlink(missing_ok=True)
    return [one for one in done if one.version is not None]


@dataclass(frozen=True)
class _Staged:
    plug_in: PlugIn
    folder: Path
    manifest: Manifest


class _Stage(contextlib.ExitStack):
    """Makes each plug-in once, for all hosts of the program, in a folder that goes at the end."""

    def __init__(self, record: InstallRecord) -> None:
        super().__init__()
        self._record = record
        self._staged: dict[str, _Staged] = {}

    def of(self, host: Host) -> _Staged:
        if host.program not in self._staged:
            folder = Path(self.enter_context(tempfile.TemporaryDirectory(prefix="draggan-")))
            plug_in = PLUG_INS[host.program]
            plug_in.stage(folder, self._record)
            written = manifest_of(folder, __version__)
            self._staged[host.program] = _Staged(plug_in, folder, written)
        return self._staged[host.program]


def _install(host: Host, staged: _Staged, dry_run: bool) -> Installation:
    where = host.folder / staged.plug_in.folder
    before = _before(host.folder, staged.plug_in, staged.manifest)
    known = before or Manifest("")
    switch = host.settings is not None and not kritarc.is_enabled(host.settings, KRITA_NAME)
    todo = plan(host.folder, known, staged.manifest)
    done = Installation(host, where, before.version if before else None, todo, switch)
    if dry_run or done.blocked:
        return done
    record = where / manifest.NAME
    if todo.changes:
        # Written before the files are, so that what an interruption leaves is known as ours.
        known.joined_with(staged.manifest).write(record)
        carry_out(todo, host.folder, staged.folder)
        if staged.plug_in is GIMP:
            (host.folder / GIMP.entry).touch()
    if Manifest.read(record) != staged.manifest:
        staged.manifest.write(record)
    if switch and host.settings is not None:
        kritarc.enable(host.settings, KRITA_NAME)
    return done


def _uninstall(host: Host, staged: _Staged, dry_run: bool) -> Installation:
    where = host.folder / staged.plug_in.folder
    before = _before(host.folder, staged.plug_in, staged.manifest)
    if before is None:
        return Installation(host, where, None, Plan())
    todo = plan(host.folder, before, Manifest(""))
    switch = host.settings is not None and kritarc.is_enabled(host.settings, KRITA_NAME)
    if not dry_run:
        carry_out(todo, host.folder, host.folder)
        (where / manifest.NAME).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # files of somebody else may be in it
            where.rmdir()
        if host.settings is not None:
            kritarc.forget(host.settings, KRITA_NAME)
    return Installation(host, where, before.version, todo, switch)


def _before(folder: Path, plug_in: PlugIn, after: Manifest) -> Manifest | None:
    """What is known to have been written there, None where nothing is.

    A plug-in with an install record and no manifest is older than manifests: its files are known
    by the names that they still have.
    """
    where = folder / plug_in.folder
    if where.is_symlink():
        return None
    known = Manifest.read(where / manifest.NAME)
    if known is None and (where / "vendor/install.json").is_file():
        files = [name for name in after.files if (folder / name).is_file()]
        return Manifest("", {name: (digest(folder / name),) for name in files})
    return known
