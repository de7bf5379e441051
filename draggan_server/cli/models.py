"""`draggan models`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from draggan_server.cli.output import check_output, show_work
from draggan_server.cli.table import print_rows
from draggan_server.models import installation, zoo
from draggan_server.models.download import OnProgress
from draggan_server.models.errors import ModelError
from draggan_server.models.installation import Installed
from draggan_server.models.name import check_name
from draggan_server.models.public_models import PUBLIC_MODELS, PublicModel, find_public
from draggan_server.wire.errors import BadInput
from stylegan2.checkpoints import inspect
from stylegan2.errors import CheckpointError
from stylegan2.geometry import IMG_CHANNELS


class _Models(click.Group):
    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what is wrong with a model is bad input like any other."""
        try:
            return super().invoke(ctx)
        except (ModelError, CheckpointError) as error:
            raise BadInput(str(error)) from None


@click.group(cls=_Models)
def models() -> None:
    """The models that are installed and those that are available."""


@models.command("list")
def list_() -> None:
    """List the installed models, the default one first, and those that are available."""
    installed = zoo.list_models()
    click.echo("Installed")
    print_rows(
        (
            (
                model.name,
                _size(model.img_resolution),
                f"{_mib(model.path):.0f} MiB",
                model.licence,
                model.subject,
            )
            for model in installed
        ),
        indent=2,
    )
    any_picture = zoo.list_diffusion()
    if any_picture:
        click.echo("\nInstalled, for any picture")
        print_rows(
            ((m.name, _size(m.img_resolution), m.licence, m.subject) for m in any_picture),
            indent=2,
        )
    names = {model.name for model in (*installed, *any_picture)}
    missing = [model for model in PUBLIC_MODELS if model.name not in names]
    draw = [model for model in missing if not model.files]
    for title, shown in (
        ("Recommended: draggan models pull NAME", [m for m in draw if m.recommended]),
        ("For any picture: draggan models pull NAME", [m for m in missing if m.files]),
        (
            "Not for commercial use: draggan models pull NAME",
            [m for m in draw if not m.recommended],
        ),
    ):
        if shown:
            click.echo(f"\n{title}")
            print_rows(
                (
                    (
                        model.name,
                        _size(model.img_resolution),
                        f"{model.megabytes} MB",
                        model.licence.name,
                        model.subject,
                    )
                    for model in shown
                ),
                indent=2,
            )


@models.command()
@click.argument("name")
def info(name: str) -> None:
    """Say what is known of a model, installed or available."""
    public = find_public(name)
    installed = _installed_names()
    if public is not None and name not in installed:
        _print_fields(
            ("Name", f"{name} (not installed; get it with: draggan models pull {name})"),
            ("Shows", public.subject),
            ("Pixels", _size(public.img_resolution)),
            ("Licence", f"{public.licence.name}. {public.licence.terms}"),
            ("", public.licence.url),
            ("Download", f"{public.url}, about {public.megabytes} MB"),
            ("SHA-256", public.sha256 or "not published; the first download's will be kept"),
        )
        return
    model = zoo.find(name)
    _print_fields(
        ("Name", model.name),
        ("Shows", model.subject),
        ("Pixels", _size(model.img_resolution)),
        ("Licence", model.licence),
        ("", str(model.card.get("licence_url", ""))),
        ("File", f"{model.path}, {model.size / 2**20:.1f} MiB"),
        ("SHA-256", model.sha256),
        ("Made of", str(model.card.get("source", ""))),
        ("", str(model.card.get("source_sha256", ""))),
    )


@models.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Accept the licence without being asked.")
def pull(name: str, yes: bool) -> None:
    """Download a model of the list and install it.

    A download that broke off is resumed.
    """
    public = find_public(name)
    if public is None:
        raise BadInput(
            f"No model {name!r} is available: 'draggan models list' shows all that are. To add any "
            "other file or web address: draggan models add FILE --name NAME"
        )
    if name in _installed_names():
        click.echo(f"{name} is installed already.")
        return
    click.echo(f"{name}: {public.subject}, {_size(public.img_resolution)} pixels.")
    click.echo(f"Licence: {public.licence.name} ({public.licence.url}). {public.licence.terms}")
    if not yes:
        _accept(public)
    with _bar(name) as on_progress:
        installed = installation.pull(public, on_progress)
    _say_installed(installed)


@models.command()
@click.argument("source", metavar="FILE|FOLDER|URL")
@click.option("--name", help="What to call it.  [default: the file's name]")
def add(source: str, name: str | None) -> None:
    """Install a model from a file, a folder or a web address.

    Any StyleGAN2 checkpoint will do: .pkl, .pt, .safetensors; a folder as diffusers saves a model
    of Stable Diffusion 1 or 2; and Stable Diffusion 1 in one .safetensors. Nothing is ever run.
    """
    name = check_name(name or installation.name_of(source))
    if installation.is_address(source):
        with _bar(name) as on_progress:
            installed = installation.add_from_address(source, name, on_progress)
    else:
        with show_work(f"Installing {name}"):
            installed = installation.add_file(installation.path_of(source), name)
    _say_installed(installed)


@models.command()
@click.argument("source", metavar="FILE")
def check(source: str) -> None:
    """Say what a file is and what is in it, and whether it is safe. Nothing in it is run.

    The exit code is 0 only for a file that can be added.
    """
    if installation.is_address(source):
        raise BadInput("A file is checked where it lies: download it first, or add the address.")
    file = _file_at(source)
    found = inspect(file)
    networks = {"generator": found.has_generator, "discriminator": found.has_discriminator}
    _print_fields(
        ("File", f"{file}, {_mib(file):.1f} MiB"),
        ("Format", found.format),
        ("Family", found.family),
        ("Pixels", "" if found.geometry is None else _size(found.geometry.img_resolution)),
        ("Colours", "" if found.geometry is None else IMG_CHANNELS[found.geometry.img_channels]),
        ("Holds", ", ".join(name for name, there in networks.items() if there)),
        ("Shows", str(found.card.get("subject", ""))),
        ("Licence", str(found.card.get("licence", ""))),
        ("Safe", "yes: it was read without running anything in it, and so it will be added"),
        *(("Note", warning) for warning in found.warnings),
    )
    if found.geometry is None:
        raise BadInput(f"{file.name} is sound, but holds no generator that this program can run.")


@models.command()
@click.argument("name", type=click.Choice(["raft", "pips"]))
@click.argument("source", metavar="FILE")
def tracker(name: Literal["raft", "pips"], source: str) -> None:
    """Bring a tracker's published weights, so that it follows handles on every model.

    FILE is as its authors publish it: torchvision's raft_small, or a checkpoint of PIPs. Nothing in
    it is run.
    """
    from draggan_server.editing.trackers import published  # torch takes seconds to import

    file = _file_at(source)
    with show_work(f"Reading {file.name}"):
        card = published.bring(name, file)
    _print_fields(
        ("Tracker", f"{name}: draggan drag --method draggan --tracker {name}"),
        ("Licence", card["licence"]),
        ("", card["page"]),
        ("Made of", card["source"]),
        ("SHA-256", card["source_sha256"]),
    )


@models.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove an installed model for good."""
    model = installation.remove(name)
    click.echo(f"{name} is removed ({model.path}).")


@models.command()
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the result is kept.  [default: the user's cache]",
)
@click.option("--anew", is_flag=True, help="Learn it again, even if it is known.")
def prepare(name: str, folder: Path | None, anew: bool) -> None:
    """Learn all that drags and photos need to know of a model, so that its first ones are as good
    as the last.

    The daemon learns by itself, while nobody drags, what drags need; only this command teaches it
    to see photos at a glance. What was learned stays when it is interrupted.
    """
    from draggan_server.editing import preparing  # torch takes seconds to import

    learned = None
    try:
        with Progress(console=Console(stderr=True), transient=True) as progress:
            tasks: dict[str, TaskID] = {}
            for learned in preparing.prepare(name, folder=folder, anew=anew):
                if learned.part not in tasks:
                    tasks[learned.part] = progress.add_task(f"{name}: {learned.part}", total=1.0)
                progress.update(tasks[learned.part], completed=learned.share)
    except KeyboardInterrupt:
        click.echo("What was learned is kept: the same command goes on there.", err=True)
        raise
    assert learned is not None
    click.echo(f"{name} is prepared: {learned.files[0]}, {learned.files[1].name}")


@models.command()
@click.argument("name")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help=zoo.SUFFIX)
def export(name: str, output: Path) -> None:
    """Copy an installed model to a safetensors file, to hand it on."""
    check_output(output, (zoo.SUFFIX,))
    model = installation.export(name, output)
    click.echo(f"{output}: {name}, {_mib(output):.1f} MiB. Licence: {model.licence}.")


def _file_at(source: str) -> Path:
    file = installation.path_of(source)
    if file.is_dir():
        raise BadInput(f"{file} is a folder: give a file in it.")
    if not file.is_file():
        raise BadInput(f"There is no file {file}.")
    return file


def _accept(public: PublicModel) -> None:
    try:
        accepted = click.confirm("Do you accept the licence?", err=True)
    except click.Abort:  # nobody is there to answer
        accepted = False
    if not accepted:
        raise BadInput(
            f"The licence was not accepted, so {public.name} was not downloaded. Scripts accept it "
            "with --yes."
        )


@contextlib.contextmanager
def _bar(name: str) -> Iterator[OnProgress]:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task(name, total=None)

        def show(done: int, total: int | None) -> None:
            text = f"{name}, converting" if done == total else name
            progress.update(task, description=text, completed=done, total=total)

        try:
            yield show
        except KeyboardInterrupt:
            click.echo("What has arrived is kept: the same command goes on there.", err=True)
            raise


def _say_installed(installed: Installed) -> None:
    model = installed.model
    click.echo(
        f"{model.name} is installed: {_size(model.img_resolution)} pixels. Licence: "
        f"{model.licence}."
    )
    if installed.first_use:
        click.echo(
            "Nobody has published what this file's SHA-256 should be, so it was taken on trust. "
            f"From now on that address must give the same file again: {installed.source_sha256}"
        )


def _print_fields(*fields: tuple[str, str]) -> None:
    print_rows((name, value) for name, value in fields if value)


def _size(img_resolution: tuple[int, int]) -> str:
    height, width = img_resolution
    return f"{width} x {height}"


def _mib(path: Path) -> float:
    return path.stat().st_size / 2**20


def _installed_names() -> set[str]:
    return {model.name for model in (*zoo.list_models(), *zoo.list_diffusion())}
