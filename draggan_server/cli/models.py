"""`draggan models`."""

from __future__ import annotations

import click

from stylegan2 import zoo


@click.group()
def models() -> None:
    """The installed models."""


@models.command("list")
def list_() -> None:
    """List the installed models, the default one first."""
    for model in zoo.list_models():
        height, width = model.img_resolution
        click.echo(f"{model.name}  {width} x {height}  {model.subject}  {model.licence}")
