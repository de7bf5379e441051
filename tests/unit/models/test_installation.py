"""Models that come into the user's folder and leave it, and whatever may go wrong on the way."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from PIL import Image

from draggan_server.models import download as download_module
from draggan_server.models import installation, thumbnail, zoo
from draggan_server.models.errors import DownloadError, InstallError, ModelNotFoundError
from draggan_server.models.face import aligned_face
from draggan_server.models.installation import (
    add_file,
    add_from_address,
    export,
    name_of,
    pull,
    remove,
)
from draggan_server.models.loading import load_generator
from draggan_server.models.name import MAX_NAME_BYTES, check_name
from draggan_server.models.public_models import PUBLIC_MODELS, PublicModel
from stylegan2 import CheckpointError
from tests.patience import patient
from tests.unit.models.file_server import FileServer, serving
from tests.unit.stylegan2.checkpoints import nvlabs_writer
from tests.unit.stylegan2.generators import random_generator, random_tensors
from tests.unit.stylegan2.test_checkpoints import GEOMETRY, write

TENSORS = random_tensors(GEOMETRY, 0, torch.float32)
LIONS = PUBLIC_MODELS[0]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's models folder, not made yet."""
    folder = tmp_path / "Ünser Ordner" / "models"
    monkeypatch.setattr(zoo, "user_folder", lambda: folder)
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A model file of ours."""
    return write(tmp_path / "some lion.safetensors", TENSORS)


@pytest.fixture
def server(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """Serves the model file."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download_module, "RETRY_SECONDS", 0.0)
    with serving(FileServer(file.read_bytes())) as server:
        yield server


@pytest.fixture
def public(server: FileServer) -> PublicModel:
    """A published model that the server has."""
    return replace(LIONS, url=server.url)


def quiet(_done: int, _total: int | None) -> None:
    pass


def left_in(folder: Path) -> list[str]:
    """Every file there but the empty ones that locks leave."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return sorted(str(path.relative_to(folder)) for path in files)


class TestFiles:
    def test_a_model_is_there_with_its_picture_and_its_card(self, file: Path, folder: Path) -> None:
        installed = add_file(file, "Löwe 7")
        assert left_in(folder) == ["Löwe 7.png", "Löwe 7.safetensors"]
        model = zoo.find("Löwe 7")
        assert installed.model == model
        assert not installed.first_use
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        assert model.card["source_sha256"] == installed.source_sha256 == digest
        assert model.card["source"] == "some lion.safetensors"
        assert model.licence == "unknown"
        with Image.open(model.thumbnail) as picture:
            assert picture.size == (zoo.THUMBNAIL_SIDE, zoo.THUMBNAIL_SIDE)
        weights = load_generator("Löwe 7").synthesis_network.state_dict()
        assert torch.equal(weights["b8.conv0.weight"], TENSORS["synthesis.b8.conv0.weight"])
        assert file.is_file()

    def test_a_published_file_is_known_by_its_name(self, file: Path) -> None:
        lions = file.rename(file.with_name("lions_512_pytorch.pkl"))
        name = name_of(str(lions))
        assert name == "lions-512"
        model = add_file(lions, name).model
        assert (model.subject, model.licence) == ("lions", "CC-BY-4.0")

    def test_what_a_file_says_of_itself_is_kept(self, folder: Path) -> None:
        model = add_file(zoo.find("toy-lion").path, "mine").model
        assert (model.name, model.licence) == ("mine", "CC0-1.0")
        assert model.card["name"] == "mine"

    def test_a_name_that_is_taken(self, file: Path, folder: Path) -> None:
        add_file(file, "Löwe")
        for name in ("Löwe", "löWE", "toy-lion", "Toy-Lion"):
            with pytest.raises(InstallError, match=r"There is a model “(Löwe|toy-lion)” already"):
                add_file(file, name)
        assert left_in(folder) == ["Löwe.png", "Löwe.safetensors"]

    def test_a_file_that_is_not_there(self, tmp_path: Path, folder: Path) -> None:
        with pytest.raises(InstallError, match=r"There is no file .*nothing\.pkl"):
            add_file(tmp_path / "nothing.pkl", "x")
        assert not folder.exists()

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "empty"),
            (b"<!DOCTYPE html><title>404</title>", "web page"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "Git LFS"),
            (b"\x80\x04cos\nsystem\n(S'true'\ntR.", "refused"),
            (b"PK\x03\x04", "refused"),
            (bytes(1000), "no checkpoint of a known format"),
        ],
    )
    def test_a_file_that_is_no_model(
        self, tmp_path: Path, folder: Path, content: bytes, sentence: str
    ) -> None:
        path = tmp_path / "model.pkl"
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match=sentence):
            add_file(path, "x")
        assert left_in(folder) == []

    def test_a_model_cut_short_is_refused(self, file: Path, folder: Path) -> None:
        file.write_bytes(file.read_bytes()[:-100])
        with pytest.raises(CheckpointError):
            add_file(file, "x")
        assert left_in(folder) == []

    def test_weights_that_are_not_finite(self, tmp_path: Path, folder: Path) -> None:
        broken = {**TENSORS, "mapping.w_avg": torch.full((4,), torch.nan)}
        with pytest.raises(CheckpointError, match="not finite"):
            add_file(write(tmp_path / "m.safetensors", broken), "x")
        assert left_in(folder) == []

    def test_a_model_too_large_for_the_memory(
        self, file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def too_large(*_: object) -> None:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")

        monkeypatch.setattr("draggan_server.models.thumbnail.load_generator", too_large)
        with pytest.raises(CheckpointError, match="more memory than is free"):
            add_file(file, "x")
        assert left_in(folder) == []


class TestNames:
    @pytest.mark.parametrize(
        "name", ["Löwe 7", "写真", "a.b", "lion (2)", "x" * 200, "می\u200cخواهم"]
    )
    def test_names_may_be_of_any_language(self, file: Path, name: str) -> None:
        assert check_name(name) == name
        assert add_file(file, name).model.name == name
        assert zoo.find(name).thumbnail.is_file()
        assert remove(name).name == name
        assert not zoo.user_folder().joinpath(f"{name}.png").exists()

    @pytest.mark.parametrize(
        "name",
        [
            *("", " ", ".", "..", "../x", "a/b", "a\\b", "/etc/x", "C:x", ".hidden", "-o", " a"),
            *("a ", "a.", "con", "NUL", "lpt1.x", "a\0b", "a\nb", "a\u202eb", "\udcff", "a*", "?"),
            "é" * (MAX_NAME_BYTES // 2 + 1),
        ],
    )
    def test_names_that_are_tricks_or_no_file_names(
        self, file: Path, folder: Path, name: str
    ) -> None:
        with pytest.raises(InstallError, match="cannot be a model's name"):
            add_file(file, check_name(name))
        assert not folder.exists()

    def test_two_ways_to_write_a_letter_are_one_name(self) -> None:
        assert check_name("Lo\u0308we") == "Löwe"

    @pytest.mark.parametrize(
        ("source", "name"),
        [
            ("/home/me/My Löwe.pkl", "My Löwe"),
            ("https://a.example/x/tiger%207.pt?key=1#top", "tiger 7"),
            ("https://a.example/..%2f..%2fevil.pkl", "evil"),
            ("https://a.example/stylegan2-ffhq-config-f.pkl", "ffhq-1024-config-f"),
        ],
    )
    def test_a_source_suggests_a_name(self, source: str, name: str) -> None:
        assert name_of(source) == name


class TestDownloads:
    def test_a_published_model_is_installed(
        self, public: PublicModel, server: FileServer, folder: Path
    ) -> None:
        installed = pull(public, quiet)
        assert left_in(folder) == ["known-hashes.json", "lions-512.png", "lions-512.safetensors"]
        digest = hashlib.sha256(server.content).hexdigest()
        assert installed.first_use
        assert installed.source_sha256 == digest
        card = zoo.find("lions-512").card
        assert card["source"] == server.url
        assert (card["licence"], card["subject"]) == ("CC-BY-4.0", "lions")
        assert json.loads((folder / "known-hashes.json").read_text()) == {server.url: digest}

    def test_of_a_model_of_aligned_faces_it_is_known_where_these_lie(
        self, public: PublicModel, folder: Path
    ) -> None:
        assert pull(public, quiet).model.face is None
        ffhq = replace(public, name="ffhq-512", aligned=True)
        assert pull(ffhq, quiet).model.face == aligned_face(512)
        remove("ffhq-512")
        assert "ffhq" not in str(left_in(folder))

    def test_a_published_pickle_is_converted(
        self, public: PublicModel, server: FileServer, folder: Path
    ) -> None:
        module = nvlabs_writer.generator_module(GEOMETRY, TENSORS)
        server.content = nvlabs_writer.pickle_bytes({"G_ema": module})
        model = pull(public, quiet).model
        assert left_in(folder) == ["known-hashes.json", "lions-512.png", "lions-512.safetensors"]
        assert model.card["source_sha256"] == hashlib.sha256(server.content).hexdigest()
        w_plus = torch.ones(1, GEOMETRY.num_ws, GEOMETRY.w_dim)
        with torch.no_grad():
            made, expected = (
                generator.synthesis(w_plus)
                for generator in (
                    load_generator("lions-512"),
                    random_generator(GEOMETRY, 0, torch.float32),
                )
            )
        assert torch.allclose(made, expected, atol=1e-5)

    def test_a_hash_that_is_published(
        self, public: PublicModel, server: FileServer, folder: Path
    ) -> None:
        digest = hashlib.sha256(server.content).hexdigest()
        assert not pull(replace(public, sha256=digest), quiet).first_use
        remove("lions-512")
        with pytest.raises(DownloadError, match=f"not the file that was published: .*{digest}"):
            pull(replace(public, sha256="0" * 64), quiet)
        assert left_in(folder) == ["known-hashes.json"]

    def test_another_file_than_the_first_time(
        self, public: PublicModel, server: FileServer, folder: Path, tmp_path: Path
    ) -> None:
        pull(public, quiet)
        remove("lions-512")
        other = write(tmp_path / "other.safetensors", random_tensors(GEOMETRY, 1, torch.float32))
        server.content, server.headers = other.read_bytes(), {"ETag": '"two"'}
        with pytest.raises(DownloadError, match="not the file that was first downloaded"):
            pull(public, quiet)
        assert left_in(folder) == ["known-hashes.json"]
        (folder / "known-hashes.json").unlink()
        assert pull(public, quiet).first_use

    def test_the_same_file_again_needs_no_trust(self, public: PublicModel) -> None:
        assert pull(public, quiet).first_use
        remove("lions-512")
        assert not pull(public, quiet).first_use

    def test_a_damaged_record_of_hashes(self, public: PublicModel, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "known-hashes.json").write_text("[")
        with pytest.raises(InstallError, match=r"known-hashes\.json is damaged"):
            pull(public, quiet)
        assert [model.name for model in zoo.list_models()] == ["toy-lion"]

    def test_a_model_of_any_address_is_installed(self, server: FileServer) -> None:
        url = f"{server.url}?key=secret#top"
        model = add_from_address(url, "tiger", quiet).model
        assert model.card["source"] == server.url
        assert model.licence == "unknown"

    def test_a_broken_download_is_kept_and_gone_on_with(
        self, public: PublicModel, server: FileServer, folder: Path
    ) -> None:
        server.drops = [500, 0, 0, 0, 0]
        with pytest.raises(DownloadError, match="is kept"):
            pull(public, quiet)
        assert left_in(folder) == [
            ".incoming/lions-512/download",
            ".incoming/lions-512/download.json",
        ]
        assert [model.name for model in zoo.list_models()] == ["toy-lion"]
        seen: list[int] = []
        pull(public, lambda done, _total: seen.append(done))
        assert seen[0] == 500
        assert not (folder / ".incoming/lions-512").exists()

    def test_what_is_no_model_is_not_kept(
        self, public: PublicModel, server: FileServer, folder: Path
    ) -> None:
        server.content = b"<html>not found</html>"
        with pytest.raises(CheckpointError, match="web page"):
            pull(public, quiet)
        assert left_in(folder) == []

    def test_a_whole_download_outlives_what_is_no_fault_of_its_own(
        self,
        public: PublicModel,
        server: FileServer,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(installation, "copy_with_card", interrupted)
            with pytest.raises(KeyboardInterrupt):
                pull(public, quiet)
        assert left_in(folder)[0] == ".incoming/lions-512/download"
        pull(public, quiet)
        assert len(server.requests) == 1

    def test_only_one_program_gets_a_model_at_a_time(
        self, public: PublicModel, server: FileServer, folder: Path
    ) -> None:
        server.chunk_bytes, server.chunk_seconds = 1000, 0.05
        refused: list[str] = []
        begun = threading.Event()

        def second() -> None:
            begun.wait(patient(20))
            try:
                pull(public, quiet)
            except InstallError as error:
                refused.append(str(error))

        thread = threading.Thread(target=second)
        thread.start()

        def told(done: int, _total: int | None) -> None:
            if done and not begun.is_set():
                begun.set()
                thread.join(patient(20))

        pull(public, told)
        assert refused == ["Another program is installing “lions-512” right now: let it end."]
        assert len(server.requests) == 1
        assert zoo.find("lions-512")

    def test_another_process_counts_as_well(self, file: Path, folder: Path) -> None:
        lock = folder / ".incoming" / "x.lock"
        lock.parent.mkdir(parents=True)
        code = (
            "import filelock, sys\n"
            "with filelock.FileLock(sys.argv[1]):\n    print(flush=True)\n    sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as holder:
            assert holder.stdout is not None
            holder.stdout.readline()
            with pytest.raises(InstallError, match="Another program"):
                add_file(file, "x")
            holder.communicate()
        add_file(file, "x")


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


class TestDisks:
    @pytest.mark.parametrize("step", ["convert", "copy_with_card", "sample_thumbnail", "replace"])
    def test_an_interrupted_install_leaves_nothing(
        self, file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        owners = {"sample_thumbnail": thumbnail, "replace": os}
        with monkeypatch.context() as patch:
            patch.setattr(installation, "is_safetensors", lambda _: step != "convert")
            patch.setattr(owners.get(step, installation), step, interrupted)
            with pytest.raises(KeyboardInterrupt):
                add_file(file, "x")
        assert left_in(folder) == []
        assert [model.name for model in zoo.list_models()] == ["toy-lion"]
        add_file(file, "x")

    def test_a_killed_install_is_no_hindrance(self, file: Path, folder: Path) -> None:
        workshop = folder / ".incoming" / "x"
        workshop.mkdir(parents=True)
        for name in ("model.safetensors", "thumbnail.png", ".converted.safetensors.01.part"):
            (workshop / name).write_bytes(b"half")
        (folder / ".incoming" / "x.lock").touch()
        assert [model.name for model in zoo.list_models()] == ["toy-lion"]
        add_file(file, "x")
        assert left_in(folder) == ["x.png", "x.safetensors"]

    def test_a_full_disk_is_told(
        self, file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(shutil, "copyfileobj", full)
        with pytest.raises(InstallError, match=r"is full: make room.* Nothing was installed"):
            add_file(file, "x")
        assert left_in(folder) == []

    def test_a_disk_too_small_for_a_download(
        self, public: PublicModel, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
        with pytest.raises(DownloadError, match="too full"):
            pull(public, quiet)
        assert left_in(folder) == []

    def test_a_folder_that_cannot_be_made(self, file: Path, folder: Path) -> None:
        folder.parent.parent.mkdir(exist_ok=True)
        folder.parent.write_text("a file where a folder should be")
        with pytest.raises(InstallError, match=r"Not a directory\. Nothing was changed"):
            add_file(file, "x")

    def test_a_read_only_folder_is_said(
        self, file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def read_only(path: Path, *_: object, **__: object) -> None:
            raise OSError(errno.EROFS, "Read-only file system", str(path))

        monkeypatch.setattr(Path, "mkdir", read_only)
        with pytest.raises(InstallError, match=r"Read-only file system.*can be written"):
            add_file(file, "x")


class TestRemoving:
    def test_a_model_and_its_picture_go(self, file: Path, folder: Path) -> None:
        add_file(file, "x")
        remove("x")
        assert left_in(folder) == []
        with pytest.raises(ModelNotFoundError):
            zoo.find("x")

    def test_the_packaged_model_stays(self) -> None:
        with pytest.raises(InstallError, match="comes with DragGAN"):
            remove("toy-lion")
        assert zoo.find("toy-lion").thumbnail.is_file()

    def test_files_elsewhere_are_not_removed(self, file: Path) -> None:
        with pytest.raises(InstallError, match="not an installed model"):
            remove(str(file))
        assert file.is_file()

    def test_a_model_that_is_not_there(self, folder: Path) -> None:
        for name in ("tiger", "../x", "lions-512"):
            with pytest.raises(ModelNotFoundError):
                remove(name)


class TestExport:
    def test_what_is_exported_can_be_added(self, file: Path, tmp_path: Path) -> None:
        first = add_file(file, "first").model
        out = tmp_path / "out.safetensors"
        assert export("first", out) == first
        assert out.read_bytes() == first.path.read_bytes()
        assert add_file(out, "second").model.card["name"] == "second"

    def test_a_full_disk_leaves_what_was_there(
        self, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        add_file(file, "x")
        out = tmp_path / "out.safetensors"
        out.write_bytes(b"before")

        def full(_source: Path, destination: Path) -> None:
            destination.write_bytes(b"ha")
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(shutil, "copyfile", full)
        with pytest.raises(InstallError, match="is full"):
            export("x", out)
        assert out.read_bytes() == b"before"
        assert not list(tmp_path.glob("*.part"))
