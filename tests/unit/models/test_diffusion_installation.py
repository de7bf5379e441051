"""Folders of diffusers that become models of the user's, and leave."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from draggan_server.models import download as download_module
from draggan_server.models import installation, zoo
from draggan_server.models.diffusion_folder import CARD, DiffusionFolder
from draggan_server.models.errors import DownloadError, InstallError
from draggan_server.models.public_models import ANY_PICTURE, PublicModel, find_public
from stylegan2 import CheckpointError
from tests.unit.diffusion.tiny import save_pixel_model, save_told_model
from tests.unit.models.file_server import FileServer, serving

SAFE = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's models folder, not made yet."""
    folder = tmp_path / "Ünser Ordner" / "models"
    monkeypatch.setattr(zoo, "user_folder", lambda: folder)
    return folder


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model in the form of Stable Diffusion, with what nobody reads beside it."""
    path = save_told_model(tmp_path_factory.mktemp("told") / "my model")
    (path / "tokenizer/special_tokens_map.json").write_text("{}")
    (path / "safety_checker").mkdir()
    (path / "safety_checker/pytorch_model.bin").write_bytes(pickle.dumps(1))
    (path / "pipeline.py").write_text("raise SystemExit")
    return path


@pytest.fixture
def server(told: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """Has the model's files under the names that half precision has."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download_module, "RETRY_SECONDS", 0.0)
    files = {}
    for path in told.rglob("*.*"):
        name = path.relative_to(told).as_posix()
        files["/" + name.replace(".safetensors", ".fp16.safetensors")] = path.read_bytes()
    with serving(FileServer(b"", files=files)) as server:
        yield server


@pytest.fixture
def public(server: FileServer) -> PublicModel:
    known = find_public("stable-diffusion-1.5")
    assert known is not None
    return replace(known, url=server.url.rpartition("/")[0])


def quiet(_done: int, _total: int | None) -> None:
    pass


def left_in(folder: Path) -> list[str]:
    """Every file there but the empty ones that locks leave, and the known hashes."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    return sorted(path.relative_to(folder).as_posix() for path in files if "known" not in path.name)


def test_a_folder_is_copied_without_what_nobody_reads(told: Path, folder: Path) -> None:
    installed = installation.add_file(told, "mine")
    model = zoo.find("mine")
    assert installed.model == model
    assert (model.kind, model.path, model.subject) == ("diffusion", folder / "mine", ANY_PICTURE)
    assert model.sha256 == DiffusionFolder(told).sha256 == installed.source_sha256
    assert left_in(folder) == sorted(f"mine/{n}" for n in (*DiffusionFolder(told).files, CARD))
    assert model.card["source"] == "my model"
    with pytest.raises(InstallError, match=r"There is a model “mine” already"):
        installation.add_file(told, "Mine")


def test_its_card_comes_along(tmp_path: Path) -> None:
    path = save_pixel_model(tmp_path / "dots")
    (path / CARD).write_text('{"subject": "dots", "licence": "MIT"}')
    model = installation.add_file(path, "dots").model
    assert (model.subject, model.licence, model.card["name"]) == ("dots", "MIT", "dots")


def test_what_is_no_model_leaves_nothing(told: Path, folder: Path, tmp_path: Path) -> None:
    path = save_pixel_model(tmp_path / "broken")
    (path / SAFE).write_bytes((path / SAFE).read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=f"{SAFE} of the diffusion model"):
        installation.add_file(path, "broken")
    (path / SAFE).rename(path / "unet/diffusion_pytorch_model.bin")
    with pytest.raises(CheckpointError, match="may run code when it is read"):
        installation.add_file(path, "broken")
    assert zoo.list_diffusion() == []
    assert not folder.exists() or left_in(folder) == []


def test_one_is_removed_for_good(told: Path, folder: Path) -> None:
    installation.add_file(told, "mine")
    assert installation.is_removable(zoo.find("mine"))
    assert installation.remove("mine").name == "mine"
    assert zoo.list_diffusion() == []
    assert left_in(folder) == []
    assert told.is_dir()
    with pytest.raises(InstallError, match="remove it yourself"):
        installation.remove(str(told))
    assert told.is_dir()


def test_it_is_pulled_file_by_file_with_its_licence(
    public: PublicModel, server: FileServer, folder: Path
) -> None:
    seen: list[tuple[int, int | None]] = []
    installed = installation.pull(public, lambda done, total: seen.append((done, total)))
    model = zoo.find("stable-diffusion-1.5")
    assert (model.licence, model.subject) == ("CreativeML OpenRAIL-M", ANY_PICTURE)
    assert model.card["licence_url"] == public.licence.url
    assert installed.first_use
    assert len(server.requests) == len(public.files)
    done = [arrived for arrived, _ in seen]
    assert done == sorted(done)
    assert seen[-1][0] == seen[-1][1] == sum(len(server.files[f"/{f}"]) for f in public.files)
    assert all(arrived != total for arrived, total in seen[:-1])
    inside = sorted(f"{model.name}/{name}" for name in (*public.files, CARD))
    assert left_in(folder) == inside


def test_what_has_arrived_is_kept_and_not_fetched_again(
    public: PublicModel, server: FileServer
) -> None:
    last = f"/{public.files[-1]}"
    content = server.files.pop(last)
    with pytest.raises(DownloadError, match="404"):
        installation.pull(public, quiet)
    kept = [content for name, content in server.files.items() if name[1:] in public.files]
    assert installation.arrived(public) == sum(map(len, kept))
    assert zoo.list_diffusion() == []
    server.files[last] = content
    server.requests.clear()
    server.drops = [len(content) // 2]
    installation.pull(public, quiet)
    assert server.asked_ranges() == [None, f"bytes={len(content) // 2}-"]
    assert installation.arrived(public) == 0
    assert zoo.find(public.name).kind == "diffusion"


def test_another_file_at_a_known_address_is_thrown_away(
    public: PublicModel, server: FileServer
) -> None:
    installation.pull(public, quiet)
    installation.remove(public.name)
    assert not installation.pull(public, quiet).first_use
    installation.remove(public.name)
    name = "/vae/config.json"
    server.files[name] = json.dumps({**json.loads(server.files[name]), "new": 1}).encode()
    with pytest.raises(DownloadError, match="is not the file that was first downloaded"):
        installation.pull(public, quiet)
    assert installation.arrived(public) > 0
    assert zoo.list_diffusion() == []


def test_it_is_not_exported_as_one_file(told: Path, tmp_path: Path) -> None:
    installation.add_file(told, "mine")
    with pytest.raises(InstallError, match="is a folder: copy it yourself"):
        installation.export("mine", tmp_path / "x.safetensors")
