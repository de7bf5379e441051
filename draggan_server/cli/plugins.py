"""`draggan plugins`."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from draggan_server import __version__
from draggan_server.doctor.host_python import check_python
from draggan_server.plugins.hosts import Host, TooOld
from draggan_server.plugins.install import (
    Installation,
    install_everywhere,
    look,
    uninstall_everywhere,
)
from draggan_server.wire.errors import BadInput

_DRY_RUN = click.option("-n", "--dry-run", is_flag=True, help="Say what would be done, do nothing.")
_SHOWN_FILES = 5


@click.group()
def plugins() -> None:
    """The plug-ins for GIMP 3 and Krita."""


@plugins.command()
@_DRY_RUN
def install(dry_run: bool) -> None:
    """Install or upgrade the plug-ins in every GIMP 3 and Krita 5.2 or newer that is found.

    Exit code 1: a host was left out, because files that DragGAN did not write are in the way.
    """
    with _writing():
        found = install_everywhere(dry_run=dry_run)
    installations = _say_each(found, lambda one: _install_words(one, dry_run))
    if not dry_run:
        ready = [one.host for one in installations if not one.blocked]
        _say_menus({host.program for host in ready})
        _say_what_is_missing(ready)
    if any(one.blocked for one in installations):
        raise click.exceptions.Exit(1)


@plugins.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Say for each host whether its plug-in is installed, whole and of this version.

    Exit code 1: `draggan plugins install` has something to do.
    """
    with _writing():
        found = look()
    if as_json:
        click.echo(json.dumps([_document(one) for one in found], indent=2))
    else:
        _say_each(found, _status_words)
    if any(isinstance(one, Installation) and (one.changes or one.blocked) for one in found):
        raise click.exceptions.Exit(1)


@plugins.command()
@_DRY_RUN
def uninstall(dry_run: bool) -> None:
    """Remove the plug-ins from every host. Files that were changed since stay."""
    with _writing():
        found = uninstall_everywhere(dry_run=dry_run)
    for one in found:
        verb = "would remove" if dry_run else "removed"
        click.echo(f"{one.host}: {verb} {_count(one.todo.remove)} from {one.path}.")
        _list("These were changed by somebody, and stay:", one.todo.edited)
    if not found:
        click.echo("No plug-in is installed.")


@plugins.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("dist"),
    show_default=True,
    help="The folder for the two files.",
)
@click.option(
    "--wheel",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="DragGAN's own wheel, which a plug-in brings along then to set the daemon up.",
)
def package(output: Path, wheel: Path | None) -> None:
    """Write the plug-ins as zip files, for people who install them without this command.

    GIMP's is unpacked into a plug-ins folder of GIMP; Krita's is opened by Krita's Tools > Scripts
    > Import Python Plugin from File.
    """
    from draggan_server.plugins.package import package_all

    with _writing():
        output.mkdir(parents=True, exist_ok=True)
        written = package_all(output, wheel)
    for path in written:
        click.echo(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(
            f"A plug-in could not be written: {error}. Make the folder writable and try again."
        ) from None


def _install_words(one: Installation, dry_run: bool) -> str:
    if not one.changes:
        return f"up to date, version {__version__}"
    if one.version is None:
        verb = "would be installed" if dry_run else "installed"
    else:
        verb = "would be upgraded" if dry_run else "upgraded"
        if one.version not in ("", __version__):
            verb += f" from version {one.version}"
    parts = [f"{verb}: {_count(one.todo.write)} written"]
    if one.todo.remove:
        parts.append(f"{_count(one.todo.remove)} removed")
    return ", ".join(parts)


def _status_words(one: Installation) -> str:
    if one.version is None:
        return "not installed"
    if one.version not in ("", __version__):
        return f"version {one.version} is installed, this is {__version__}"
    if one.todo.changes:
        return f"installed, and {_count((*one.todo.write, *one.todo.remove))} differ"
    return "installed, but switched off in Krita" if one.switch else "installed and up to date"


def _say_each(
    found: Sequence[Installation | TooOld], words: Callable[[Installation], str]
) -> list[Installation]:
    """Say one line for each host; returns those into which a plug-in can be put."""
    installations = [one for one in found if isinstance(one, Installation)]
    for one in found:
        if isinstance(one, TooOld):
            click.echo(f"{one.program} {one.version} is too old: {one.needed} is needed.")
        elif one.blocked:
            click.echo(f"{one.host}: left as it is, {one.path}")
            _list(
                "These files are not from DragGAN's installation, or were changed. Move them "
                "away, then run 'draggan plugins install' again:",
                one.todo.blocked,
            )
        else:
            click.echo(f"{one.host}: {words(one)}. {one.path}")
            _list("These were changed by somebody, and stay:", one.todo.edited)
    if not installations:
        click.echo(
            "No GIMP 3 or Krita 5.2 was found. Install one, start it once, and run "
            "'draggan plugins install' again."
        )
    return installations


def _say_menus(programs: set[str]) -> None:
    if "GIMP" in programs:
        click.echo("In GIMP: Filters > DragGAN (after a restart of GIMP).")
    if "Krita" in programs:
        click.echo("In Krita: Settings > Dockers > DragGAN (after a restart of Krita).")


def _say_what_is_missing(ready: Sequence[Host]) -> None:
    for host in ready:
        for finding in check_python(host):
            if finding.state != "good":
                click.echo(f"{finding.link}: {finding.says}\n  {finding.advice}")


def _document(one: Installation | TooOld) -> dict[str, object]:
    if isinstance(one, TooOld):
        return {"program": one.program, "version": one.version, "too_old": True}
    return {
        "program": one.host.program,
        "version": one.host.version,
        "package": one.host.package,
        "folder": str(one.path),
        "installed": one.version,
        "up_to_date": not one.changes and not one.blocked,
        "missing_or_old": list(one.todo.write),
        "no_longer_needed": list(one.todo.remove),
        "in_the_way": list(one.todo.blocked),
    }


def _list(heading: str, paths: Sequence[str]) -> None:
    if not paths:
        return
    click.echo(f"  {heading}")
    for path in paths[:_SHOWN_FILES]:
        click.echo(f"    {path}")
    if len(paths) > _SHOWN_FILES:
        click.echo(f"    and {len(paths) - _SHOWN_FILES} more")


def _count(paths: Sequence[str]) -> str:
    return "1 file" if len(paths) == 1 else f"{len(paths)} files"
