"""A diffusion model as diffusers keeps it: a folder of parts, each with config and weights.

Imports no torch and no diffusers. Only safetensors are read, which can run nothing.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from stylegan2.digest import sha256_of
from stylegan2.errors import CheckpointError

CLASSES = {"unet": "UNet2DModel", "vae": "AutoencoderKL"}
"""The class of each part that can be used; a model need not have a `vae`: then it works on the
pixels themselves."""
WEIGHTS = "diffusion_pytorch_model.safetensors"
SCHEDULER = "scheduler/scheduler_config.json"

_MAX_CONFIG_BYTES = 1 << 20
_MAX_SIDE = 4096
_UNSAFE = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".msgpack", ".h5")


class DiffusionFolder:
    """Raises `CheckpointError` for a folder that is no model, or none that this program can run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not (path / "unet").is_dir():
            raise CheckpointError(
                "The folder {folder} is no diffusion model: it has no part unet. Give a folder as "
                "diffusers saves it, with unet, scheduler and perhaps vae.",
                folder=path,
            )
        self.parts = [part for part in CLASSES if (path / part).is_dir()]
        for part in self.parts:
            self._check(part)
        if (path / "text_encoder").is_dir():
            raise CheckpointError(
                "The diffusion model {folder} is told by a text what to draw. Only models without "
                "text can be used.",
                folder=path,
            )
        self.scheduler = self.read(SCHEDULER)

    def _check(self, part: str) -> None:
        config = self.read(f"{part}/config.json")
        found = config.get("_class_name")
        if found != CLASSES[part]:
            raise CheckpointError(
                "{part} is a {found}, and only {known} can be used: choose another model.",
                part=f"{self.path.name}/{part}",
                found=f"{found!s:.80}",
                known=CLASSES[part],
            )
        if (self.path / part / WEIGHTS).is_file():
            return
        unsafe = [file for file in (self.path / part).iterdir() if file.suffix in _UNSAFE]
        if unsafe:
            raise CheckpointError(
                "{file} may run code when it is read, so it is not. Get the model as safetensors: "
                "{wanted} is missing.",
                file=f"{self.path.name}/{part}/{unsafe[0].name}",
                wanted=f"{part}/{WEIGHTS}",
            )
        raise CheckpointError(
            "The diffusion model {folder} is not whole: {wanted} is missing.",
            folder=self.path,
            wanted=f"{part}/{WEIGHTS}",
        )

    @property
    def img_resolution(self) -> tuple[int, int]:
        """(height, width) of the pictures that it was trained for."""
        side = self.read("unet/config.json").get("sample_size")
        if type(side) is not int:
            raise self._damaged("unet/config.json")
        if "vae" in self.parts:
            blocks = self.read("vae/config.json").get("block_out_channels")
            if not isinstance(blocks, list):
                raise self._damaged("vae/config.json")
            side *= 2 ** (len(blocks) - 1)
        if not 8 <= side <= _MAX_SIDE:
            raise self._damaged("unet/config.json")
        return side, side

    @property
    def card(self) -> dict[str, Any]:
        """What is said of the model, where anything is: `subject` and `licence` in card.json."""
        return self.read("card.json") if (self.path / "card.json").is_file() else {}

    @property
    def sha256(self) -> str:
        """Digest of the digests of all that is read, by name."""
        names = [SCHEDULER]
        for part in self.parts:
            names += [f"{part}/config.json", f"{part}/{WEIGHTS}"]
        whole = hashlib.sha256()
        for name in sorted(names):
            whole.update(f"{name} {sha256_of(self.path / name)}\n".encode())
        return whole.hexdigest()

    def read(self, name: str) -> dict[str, Any]:
        """A file of JSON. Raises `CheckpointError` for one that is missing, or is anything else."""
        path = self.path / name
        try:
            if path.stat().st_size > _MAX_CONFIG_BYTES:
                raise self._damaged(name)
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise CheckpointError(
                "The diffusion model {folder} is not whole: {wanted} is missing.",
                folder=self.path,
                wanted=name,
            ) from None
        except (ValueError, RecursionError):
            raise self._damaged(name) from None
        if not isinstance(found, dict):
            raise self._damaged(name)
        return found

    def _damaged(self, name: str) -> CheckpointError:
        return CheckpointError(
            "{file} of the diffusion model {folder} is damaged: get the model anew.",
            file=name,
            folder=self.path,
        )
