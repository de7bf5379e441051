"""`draggan models` as it is typed: what it prints, asks and refuses."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from draggan_server.cli import models as module
from draggan_server.cli.models import models
from draggan_server.editing import preparing
from draggan_server.models import download, zoo
from draggan_server.models.public_models import PUBLIC_MODELS
from draggan_server.wire.errors import BadInput
from tests.unit.diffusion.tiny import save_pixel_model
from tests.unit.models.file_server import FileServer, serving
from tests.unit.stylegan2.generators import random_tensors
from tests.unit.stylegan2.test_checkpoints import GEOMETRY, write

LIONS = PUBLIC_MODELS[0]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setattr(zoo, "user_folder", lambda: folder)
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "Löwe.safetensors", random_tensors(GEOMETRY, 0, torch.float32))


@pytest.fixture
def server(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """Has what `pull lions-512` is to get."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "RETRY_SECONDS", 0.0)
    with serving(FileServer(file.read_bytes())) as server:
        lions = replace(LIONS, url=server.url)
        monkeypatch.setattr(
            module, "find_public", lambda name: lions if name == lions.name else None
        )
        yield server


def run(*arguments: str, answer: str | None = None) -> str:
    """Run a command that must succeed; returns what it prints."""
    result = CliRunner().invoke(models, arguments, input=answer, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments: str, answer: str | None = None) -> str:
    """Run a command that must be refused; returns the sentence."""
    result = CliRunner().invoke(models, arguments, input=answer)
    assert isinstance(result.exception, BadInput), result.output
    return str(result.exception)


def test_what_changes_any_picture_is_listed_by_itself_and_described(folder: Path) -> None:
    save_pixel_model(folder / "anything")
    (folder / "anything" / "card.json").write_text('{"subject": "dots", "licence": "MIT"}')
    installed, any_picture, *_ = run("list").split("\n\n")
    assert "anything" not in installed
    title, line = any_picture.splitlines()
    assert title == "Installed, for any picture"
    assert line.split() == ["anything", "32", "x", "32", "MIT", "dots"]
    weights = folder / "anything/unet/diffusion_pytorch_model.safetensors"
    described = run("info", "anything")
    assert weights.stat().st_size > 100_000
    assert f"{weights.stat().st_size / 2**20:.1f} MiB" in described


def test_a_preparation_that_is_interrupted_says_that_it_goes_on_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object, **__: object) -> Iterator[None]:
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(preparing, "prepare", interrupted)
    done = CliRunner().invoke(models, ["prepare", "toy-lion"])
    assert done.exit_code == 1
    assert "What was learned is kept: the same command goes on there." in done.output


def test_the_list_has_what_is_installed_and_what_can_be_had(file: Path) -> None:
    run("add", str(file))
    installed, recommended, any_picture, others = run("list").split("\n\n")
    assert [line.split()[0] for line in installed.splitlines()] == ["Installed", "toy-lion", "Löwe"]
    assert "256 x 256" in installed
    assert "CC0-1.0" in installed
    assert recommended.startswith("Recommended")
    assert recommended.count("CC-BY-4.0") == 7
    assert "lions-512" in recommended
    assert "360 MB" in recommended
    assert any_picture.count("CreativeML OpenRAIL-M") == 2
    assert any_picture.count("any picture (Stable Diffusion, needs a GPU)") == 2
    assert others.startswith("Not for commercial use")
    assert others.count("NVIDIA Source Code License-NC") == 15


def test_pull_shows_the_licence_and_asks(server: FileServer) -> None:
    said = run("pull", "lions-512", answer="y\n")
    assert "CC-BY-4.0 (https://creativecommons.org/licenses/by/4.0/)" in said
    assert "Do you accept the licence?" in said
    assert "lions-512 is installed: 8 x 8 pixels" in said
    assert "taken on trust" in said
    assert hashlib.sha256(server.content).hexdigest() in said
    assert zoo.find("lions-512").licence == "CC-BY-4.0"
    assert "lions-512" not in run("list").partition("Recommended")[2]


@pytest.mark.parametrize("answer", ["n\n", "\n", None])
def test_without_the_licence_nothing_is_downloaded(
    server: FileServer, folder: Path, answer: str | None
) -> None:
    assert "licence was not accepted" in refused("pull", "lions-512", answer=answer)
    assert not server.requests
    assert not folder.exists()


def test_scripts_are_not_asked_and_may_pull_twice(server: FileServer) -> None:
    assert "accept" not in run("pull", "lions-512", "--yes")
    assert "installed already" in run("pull", "lions-512")
    assert len(server.requests) == 1


def test_a_name_that_nobody_publishes() -> None:
    assert "No model 'tigers' is available: 'draggan models list'" in refused("pull", "tigers")


def test_a_file_that_is_gone_is_told_with_the_way_by_hand(server: FileServer) -> None:
    server.answers = [404]
    said = refused("pull", "lions-512", "--yes")
    assert server.url in said
    assert "404" in said
    assert "draggan models add FILE" in said


def test_info_of_what_is_installed_and_what_is_not(file: Path) -> None:
    run("add", str(file), "--name", "mein Löwe")
    said = run("info", "mein Löwe")
    assert str(zoo.user_folder() / "mein Löwe.safetensors") in said
    assert zoo.find("mein Löwe").sha256 in said
    assert "Löwe.safetensors" in said
    assert hashlib.sha256(file.read_bytes()).hexdigest() in said
    said = run("info", "lions-512")
    assert LIONS.url in said
    assert "not installed; get it with: draggan models pull lions-512" in said
    assert "There is no model “tigers”" in refused("info", "tigers")


def test_a_model_is_added_from_an_address(server: FileServer) -> None:
    assert "tiger is installed" in run("add", server.url, "--name", "tiger")
    assert "model is installed" in run("add", server.url)  # the address ends with model.pkl


def test_addresses_of_files_are_taken(file: Path, tmp_path: Path) -> None:
    moved = tmp_path / "mein Löwe.safetensors"
    moved.write_bytes(file.read_bytes())
    address = moved.as_uri()
    assert "%20" in address
    assert "mein Löwe is installed" in run("add", address)
    assert "StyleGAN2" in run("check", address.replace("file://", "file://localhost"))
    assert f"There is no file {tmp_path}" in refused("add", (tmp_path / "none.pkl").as_uri())


@pytest.mark.parametrize(
    "address", ["ftp://example.org/m.pkl", "file://elsewhere/m.pkl", "s3://bucket/m.pkl"]
)
@pytest.mark.parametrize("command", ["add", "check"])
def test_other_addresses_are_refused_with_those_that_are_taken(command: str, address: str) -> None:
    said = refused(command, address)
    assert "http:// or https://" in said
    assert "file:///" in said


def test_a_web_address_is_not_checked() -> None:
    assert "download it first" in refused("check", "https://example.org/m.pkl")


def test_add_refuses_what_it_cannot_take(file: Path, tmp_path: Path) -> None:
    assert "cannot be a model's name" in refused("add", str(file), "--name", "../x")
    assert "There is no file" in refused("add", str(tmp_path / "none.pkl"))
    page = tmp_path / "page.pkl"
    page.write_text("<!doctype html>")
    assert "web page" in refused("add", str(page))
    run("add", str(file))
    assert "There is a model “Löwe” already" in refused("add", str(file))


def test_check_says_what_a_file_is(file: Path, tmp_path: Path) -> None:
    said = run("check", str(file))
    assert "8 x 8" in said
    assert "generator" in said
    assert "Safe     yes" in said
    evil = tmp_path / "evil.pkl"
    evil.write_bytes(pickle.dumps(Evil()))
    assert "evil.pkl is refused" in refused("check", str(evil))
    assert not (tmp_path / "ran").exists()
    assert "There is no file" in refused("check", str(tmp_path / "none"))
    assert f"{tmp_path} is a folder: give a file in it." in refused("check", str(tmp_path))
    assert not zoo.user_folder().exists()


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return (open, ("ran", "w"))


def test_a_model_is_exported_and_removed(file: Path, tmp_path: Path) -> None:
    run("add", str(file))
    out = tmp_path / "out.safetensors"
    assert "out.safetensors: Löwe" in run("export", "Löwe", "-o", str(out))
    assert zoo.find(out).img_resolution == (8, 8)
    assert "must end in" in refused("export", "Löwe", "-o", str(tmp_path / "out.pkl"))
    assert "Löwe is removed" in run("remove", "Löwe")
    assert "There is no model “Löwe”" in refused("remove", "Löwe")
    assert "comes with DragGAN" in refused("remove", "toy-lion")


def test_the_published_weights_of_a_tracker_are_brought(tmp_path: Path, folder: Path) -> None:
    from draggan_server.editing.trackers.raft import PUBLISHED, Raft

    file = tmp_path / "raft_small.pth"
    torch.save(Raft(PUBLISHED).state_dict(), file)
    printed = run("tracker", "raft", str(file))
    assert "BSD-3-Clause" in printed
    assert hashlib.sha256(file.read_bytes()).hexdigest() in printed
    assert (folder / "trackers" / "raft.safetensors").is_file()
    file.write_bytes(pickle.dumps({}))
    assert "raft_small.pth is refused" in refused("tracker", "raft", str(file))
    assert "There is no file" in refused("tracker", "pips", str(tmp_path / "none.pth"))
    assert "is a folder: give a file in it." in refused("tracker", "pips", str(tmp_path))
