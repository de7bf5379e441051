"""Putting models into the user's folder, and taking them out.

A model is converted and tried in a folder beside the others and moved among them in one step at the
end: whatever fails or is interrupted before leaves nothing that would be taken for a model.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import filelock

from draggan_server.models import zoo
from draggan_server.models.diffusion_folder import CARD, DiffusionFolder
from draggan_server.models.download import OnProgress, discard, download, size_of
from draggan_server.models.errors import DownloadError, InstallError
from draggan_server.models.face import aligned_face, face_file, write_face
from draggan_server.models.known_hashes import KnownHashes
from draggan_server.models.name import check_name
from draggan_server.models.public_models import PUBLIC_MODELS, PublicModel
from draggan_server.wire.whole_file import written_whole
from stylegan2.checkpoints.conversion import convert, is_safetensors
from stylegan2.checkpoints.model_card import copy_with_card
from stylegan2.digest import sha256_of
from stylegan2.errors import CheckpointError

_WORKSHOP = ".incoming"
_PICKLED = (".ckpt", ".bin")
"""So files of diffusion models often end that may run code when they are read."""
_HASHES = "known-hashes.json"


class Installed(NamedTuple):
    """A new model, and the SHA-256 of the file it was made of.

    `first_use`: that file was downloaded with nothing to compare its digest with.
    """

    model: zoo.Model
    source_sha256: str
    first_use: bool


@dataclass(frozen=True, slots=True)
class _Workshop:
    """The folder in which a model lies until it is installed."""

    folder: Path

    @property
    def download(self) -> Path:
        return self.folder / "download"

    @property
    def converted(self) -> Path:
        return self.folder / f"converted{zoo.SUFFIX}"

    @property
    def model(self) -> Path:
        return self.folder / f"model{zoo.SUFFIX}"

    @property
    def thumbnail(self) -> Path:
        return self.folder / "thumbnail.png"

    @property
    def diffusion(self) -> Path:
        """The folder of diffusers that is put together."""
        return self.folder / "diffusion"

    def part(self, name: str) -> Path:
        """Where a file of a folder that is downloaded lies until it is whole."""
        return self.download.with_name(f"{self.download.name}-{name.replace('/', '-')}")

    def tidy(self) -> None:
        """Remove everything except what has arrived of a download."""
        shutil.rmtree(self.diffusion, ignore_errors=True)
        for path in self.folder.iterdir():
            if not path.name.startswith(self.download.name):
                path.unlink()
        with contextlib.suppress(OSError):  # it is not empty
            self.folder.rmdir()


def name_of(source: str) -> str:
    """The name that the last part of a path or web address suggests; a published file's own."""
    published = find_published(source)
    return _file_of(source).stem if published is None else published.name


def find_published(source: str) -> PublicModel | None:
    """The published model whose file bears the name that a path or web address ends with."""
    name = _file_of(source).name
    files = (model for model in PUBLIC_MODELS if not model.files)
    return next((model for model in files if name == PurePosixPath(model.url).name), None)


def is_address(source: str) -> bool:
    """Whether it is a web address, not a path."""
    return re.match(r"https?://", source, re.IGNORECASE) is not None


def path_of(source: str) -> Path:
    """The file that a path or a file address means. Raises `InstallError` for other addresses."""
    scheme = re.match(r"([a-z][a-z0-9+.-]+):/", source, re.IGNORECASE)  # one letter is a drive
    if scheme is None:
        return Path(source).expanduser()
    parts = urlsplit(source)
    if scheme[1].lower() == "file" and parts.netloc in ("", "localhost"):
        return Path(url2pathname(parts.path))
    raise InstallError(
        "{source} cannot be read: web addresses begin with http:// or https://, and addresses of "
        "files on this computer with file:///. Download the file by another program, then add it.",
        source=source,
    )


def pull(public: PublicModel, on_progress: OnProgress) -> Installed:
    """Download a published model and install it.

    Raises `DownloadError`, `CheckpointError`, `InstallError`. What has arrived of a download that
    broke off is kept for the next call.
    """
    if public.files:
        return _pull_folder(public, on_progress)
    return _from_address(public.url, public.name, public, on_progress)


def add_from_address(url: str, name: str, on_progress: OnProgress) -> Installed:
    """Download a model from anywhere and install it; raises as `pull` does."""
    return _from_address(url, name, find_published(url), on_progress)


def add_file(path: Path, name: str) -> Installed:
    """Install a model from a file, or a folder of diffusers, which stays. Raises
    `CheckpointError`, `InstallError`."""
    if path.is_dir():
        return _add_folder(path, name)
    if not path.is_file():
        raise InstallError("There is no file {path}.", path=path)
    with _workshop(name) as workshop:
        sha256 = sha256_of(path)
        card = _card(name, path.name, sha256, find_published(path.name))
        model = _install(path, card, workshop, find_published(path.name))
        return Installed(model, sha256, first_use=False)


def remove(name: str) -> zoo.Model:
    """Take a model of the user's away, for good. Raises `ModelNotFoundError`, `InstallError`."""
    installed = (*zoo.list_models(), *zoo.list_diffusion())
    model = next((model for model in installed if model.name == name), None)
    if model is None:
        model = zoo.find(name)  # says what there is
        raise InstallError(
            "{path} is a file, not an installed model: remove it yourself.", path=model.path
        )
    if model.kind == "diffusion":
        with _workshop(name, new=False) as workshop:
            model.path.rename(workshop.diffusion)  # at once, so that no half of it is left
        return model
    if not is_removable(model):
        raise InstallError("“{name}” comes with DragGAN and cannot be removed.", name=name)
    with _telling(model.path.parent):
        model.path.unlink()
        model.thumbnail.unlink(missing_ok=True)
        face_file(model.path).unlink(missing_ok=True)
    return model


def is_removable(model: zoo.Model) -> bool:
    """Whether it is the user's own, not one that comes with the program."""
    return model.path.parent == zoo.user_folder()


def arrived(public: PublicModel) -> int:
    """Bytes of a published model that an earlier download has left."""
    workshop = _Workshop(zoo.user_folder() / _WORKSHOP / public.name)
    if not public.files:
        return size_of(workshop.download)
    return sum(size_of(workshop.part(file)) for file in public.files)


def export(name: str, destination: Path) -> zoo.Model:
    """Copy an installed model's file. Raises `ModelError`, leaving nothing half-written."""
    model = zoo.find(name)
    if model.kind == "diffusion":
        raise InstallError("{path} is a folder: copy it yourself.", path=model.path)
    with _telling(destination.parent), written_whole(destination) as unfinished:
        shutil.copyfile(model.path, unfinished)
    return model


def _from_address(
    url: str, name: str, public: PublicModel | None, on_progress: OnProgress
) -> Installed:
    with _workshop(name) as workshop:
        download(url, workshop.download, on_progress)
        sha256 = sha256_of(workshop.download)
        known = KnownHashes(zoo.user_folder() / _HASHES)
        published = public.sha256 if public is not None and public.url == url else None
        trusted = published or known.find(url)
        if trusted is not None and sha256 != trusted:
            discard(workshop.download)
            raise _another_file(url, sha256, trusted, known.path, published is not None)
        # Without what may be the user's own key to it.
        source = urlsplit(url)._replace(query="", fragment="").geturl()
        try:
            card = _card(name, source, sha256, public)
            model = _install(workshop.download, card, workshop, public)
        except CheckpointError:
            discard(workshop.download)  # another try would only find the same
            raise
        known.add(url, sha256)
        discard(workshop.download)
        return Installed(model, sha256, first_use=trusted is None)


def _pull_folder(public: PublicModel, on_progress: OnProgress) -> Installed:
    with _workshop(public.name) as workshop:
        whole, arrived = public.megabytes * 1_000_000, 0
        for file in public.files:
            before = arrived

            def told(done: int, _total: int | None, before: int = before) -> None:
                on_progress(before + done, max(whole, before + done + 1))

            download(f"{public.url}/{file}", workshop.part(file), told)
            arrived += size_of(workshop.part(file))
        on_progress(arrived, arrived)
        known = KnownHashes(zoo.user_folder() / _HASHES)
        digests = {f"{public.url}/{file}": sha256_of(workshop.part(file)) for file in public.files}
        for file in public.files:
            url = f"{public.url}/{file}"
            trusted = known.find(url)
            if trusted is not None and digests[url] != trusted:
                discard(workshop.part(file))
                raise _another_file(url, digests[url], trusted, known.path, is_published=False)
        for file in public.files:
            place = workshop.diffusion / file
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(workshop.part(file), place)
            discard(workshop.part(file))
        card = _card(public.name, public.url, "", public)
        model = _install_folder(card, workshop)
        first_use = any(known.find(url) is None for url in digests)
        for url, sha256 in digests.items():
            known.add(url, sha256)
        return Installed(model, model.sha256, first_use)


def _add_folder(path: Path, name: str) -> Installed:
    folder = DiffusionFolder(path)
    with _workshop(name) as workshop:
        for file in folder.files:
            place = workshop.diffusion / file
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path / file, place)
        card = {**folder.card, **_card(name, path.name, folder.sha256, None)}
        return Installed(_install_folder(card, workshop), folder.sha256, first_use=False)


def _install_folder(card: Mapping[str, object], workshop: _Workshop) -> zoo.Model:
    """What was put together becomes a model in one step."""
    DiffusionFolder(workshop.diffusion).check_weights()
    text = json.dumps(card, indent=1, ensure_ascii=False)
    (workshop.diffusion / CARD).write_text(text + "\n", encoding="utf-8")
    name = str(card["name"])
    workshop.diffusion.rename(zoo.user_folder() / name)
    return zoo.find(name)


def _another_file(
    url: str, sha256: str, trusted: str, known: Path, is_published: bool
) -> DownloadError:
    values = {"url": url, "sha256": sha256, "trusted": trusted, "known": known}
    if is_published:
        return DownloadError(
            "{url} is not the file that was published: its SHA-256 is {sha256}, not {trusted}. It "
            "was damaged on its way or replaced, so it was thrown away. Try again.",
            **values,
        )
    return DownloadError(
        "{url} is not the file that was first downloaded from there: its SHA-256 is {sha256}, not "
        "{trusted}. It was damaged on its way or replaced, so it was thrown away. Try again. If "
        "you know why it is another one now, remove the address from {known}.",
        **values,
    )


@contextlib.contextmanager
def _workshop(name: str, *, new: bool = True) -> Iterator[_Workshop]:
    """The place for the making of a model, or its end, held against other programs."""
    if check_name(name) != name:
        raise ValueError(f"{name!r} was not checked")
    with _telling(zoo.user_folder()):
        folder = zoo.user_folder() / _WORKSHOP
        workshop = _Workshop(folder / name)
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / f"{name}.lock")
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            raise InstallError(
                "Another program is installing “{name}” right now: let it end.", name=name
            ) from None
        try:
            workshop.folder.mkdir(exist_ok=True)
            for model in (*zoo.list_models(), *zoo.list_diffusion()):
                if (
                    new and model.name.casefold() == name.casefold()
                ):  # one file on some file systems
                    raise InstallError(
                        "There is a model “{name}” already: remove it first (draggan models "
                        "remove), or give this one another name: --name NAME",
                        name=model.name,
                    )
            yield workshop
        finally:
            workshop.tidy()
            lock.release()


def _install(
    file: Path, card: Mapping[str, str], workshop: _Workshop, public: PublicModel | None
) -> zoo.Model:
    # They need numpy and torch, which a list of models does not.
    from draggan_server.models.one_file import is_one_file, split
    from draggan_server.models.thumbnail import sample_thumbnail

    if is_one_file(file):
        split(file, workshop.diffusion)
        return _install_folder(card, workshop)
    ours = file
    if not is_safetensors(file):
        ours = workshop.converted
        try:
            convert(file, ours)
        except CheckpointError:
            if PurePosixPath(card["source"]).suffix.lower() in _PICKLED:
                raise CheckpointError(
                    "{name} holds no StyleGAN2 model, and diffusion models are not read in this "
                    "form, which may run code: get it as safetensors.",
                    name=PurePosixPath(card["source"]).name,
                ) from None
            raise
    copy_with_card(ours, workshop.model, card)
    # Whatever could be wrong with the weights shows here, before anybody chooses the model.
    sample_thumbnail(workshop.model).save(workshop.thumbnail)
    os.replace(workshop.thumbnail, zoo.user_folder() / f"{card['name']}.png")
    place = zoo.user_folder() / f"{card['name']}{zoo.SUFFIX}"
    if public is not None and public.aligned:
        write_face(aligned_face(public.img_resolution[0]), place)
    os.replace(workshop.model, place)
    return zoo.find(card["name"])


def _card(name: str, source: str, sha256: str, public: PublicModel | None) -> dict[str, str]:
    card = {"name": name, "source": source, "source_sha256": sha256}
    if public is not None:
        card["subject"] = public.subject
        card["licence"] = public.licence.name
        card["licence_url"] = public.licence.url
    return card


def _file_of(source: str) -> PurePath:
    return PurePosixPath(unquote(urlsplit(source).path)) if is_address(source) else path_of(source)


@contextlib.contextmanager
def _telling(folder: Path) -> Iterator[None]:
    """Turns what the disk refuses into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise InstallError(
                "The disk at {folder} is full: make room and try again. Nothing was installed.",
                folder=folder,
            ) from None
        raise InstallError(
            "{file}: {error}. Nothing was changed. Make sure that it can be read, and that the "
            "folder {folder} can be written.",
            file=error.filename or folder,
            error=error.strerror or error,
            folder=folder,
        ) from None
