"""A diffusion model as diffusers keeps it: a folder of parts, each with config and weights.

Imports no torch and no diffusers. Only safetensors are read, which can run nothing.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from stylegan2.digest import sha256_of
from stylegan2.errors import CheckpointError

UNCONDITIONAL, CONDITIONAL = "UNet2DModel", "UNet2DConditionModel"
CLASSES = {
    "unet": (UNCONDITIONAL, CONDITIONAL),
    "vae": ("AutoencoderKL",),
    "text_encoder": ("CLIPTextModel",),
}
"""The classes of each part that can be used. A model need not have a `vae`: then it works on the
pixels themselves. Only one of the class `CONDITIONAL` is told by a text what to draw."""
SCHEDULER = "scheduler/scheduler_config.json"
VOCABULARY = "tokenizer/vocab.json"
SPECIAL_TOKENS = "tokenizer/special_tokens_map.json"
EMPTY_PROMPT = "empty_prompt.safetensors"
"""What a text encoder makes of an empty text, as `prompt` [1, L, D]: it stands for `text_encoder`
and `tokenizer`."""
CARD = "card.json"

_STEMS = {"text_encoder": "model"}
_STEM = "diffusion_pytorch_model"
_ENDINGS = (".safetensors", ".fp16.safetensors")

_MAX_CONFIG_BYTES = 1 << 20
_MAX_VOCABULARY_BYTES = 8 << 20
_MAX_SIDE = 4096
_UNSAFE = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".msgpack", ".h5")


def weights_names(part: str) -> tuple[str, str]:
    """What the file of a part's weights may be called, whole and half precision."""
    stem = _STEMS.get(part, _STEM)
    return stem + _ENDINGS[0], stem + _ENDINGS[1]


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
        self.told_by_text = self._class_of("unet") == CONDITIONAL
        needed = ["unet"]
        if self.told_by_text and not (path / EMPTY_PROMPT).is_file():
            needed.append("text_encoder")
        self.parts = [p for p in CLASSES if p in needed or (p == "vae" and (path / p).is_dir())]
        self.weights = {part: self._weights_of(part) for part in self.parts}
        self.scheduler = self.read(SCHEDULER)

    def config(self, part: str) -> dict[str, Any]:
        return self.read(f"{part}/config.json")

    def _class_of(self, part: str) -> str:
        """That in its configuration: diffusers and transformers write it each in its own way."""
        config = self.config(part)
        found = config.get("_class_name")
        architectures = config.get("architectures")
        if found is None and isinstance(architectures, list) and architectures:
            found = architectures[0]
        if found not in CLASSES[part]:
            raise CheckpointError(
                "{part} is a {found}, and only {known} can be used: choose another model.",
                part=f"{self.path.name}/{part}",
                found=f"{found!s:.80}",
                known=", ".join(CLASSES[part]),
            )
        return str(found)

    def _weights_of(self, part: str) -> Path:
        self._class_of(part)
        names = weights_names(part)
        for name in names:
            if (self.path / part / name).is_file():
                return self.path / part / name
        unsafe = [file for file in (self.path / part).iterdir() if file.suffix in _UNSAFE]
        if unsafe:
            raise CheckpointError(
                "{file} may run code when it is read, so it is not. Get the model as safetensors: "
                "{wanted} is missing.",
                file=f"{self.path.name}/{part}/{unsafe[0].name}",
                wanted=f"{part}/{names[0]}",
            )
        raise CheckpointError(
            "The diffusion model {folder} is not whole: {wanted} is missing.",
            folder=self.path,
            wanted=f"{part}/{names[0]}",
        )

    @property
    def img_resolution(self) -> tuple[int, int]:
        """(height, width) of the pictures that it was trained for."""
        side = self.config("unet").get("sample_size")
        if type(side) is not int:
            raise self.damaged("unet/config.json")
        if "vae" in self.parts:
            blocks = self.config("vae").get("block_out_channels")
            if not isinstance(blocks, list):
                raise self.damaged("vae/config.json")
            side *= 2 ** (len(blocks) - 1)
        if not 8 <= side <= _MAX_SIDE:
            raise self.damaged("unet/config.json")
        return side, side

    @property
    def card(self) -> dict[str, Any]:
        """What is said of the model, where anything is: `subject` and `licence` in card.json."""
        return self.read(CARD) if (self.path / CARD).is_file() else {}

    @property
    def files(self) -> list[str]:
        """The names of all that is read, the card aside."""
        names = [SCHEDULER]
        for part, weights in self.weights.items():
            names += [f"{part}/config.json", f"{part}/{weights.name}"]
        if "text_encoder" in self.parts:
            names.append(VOCABULARY)
            if (self.path / SPECIAL_TOKENS).is_file():
                names.append(SPECIAL_TOKENS)
        elif self.told_by_text:
            names.append(EMPTY_PROMPT)
        return sorted(names)

    @property
    def sha256(self) -> str:
        """Digest of the digests of all that is read, by name."""
        whole = hashlib.sha256()
        for name in self.files:
            whole.update(f"{name} {sha256_of(self.path / name)}\n".encode())
        return whole.hexdigest()

    def check_weights(self) -> None:
        """Raises `CheckpointError` where what is in one of the files is not whole."""
        for name in self.files:
            if not name.endswith(_ENDINGS[0]):
                self.read(name)
                continue
            try:
                with safe_open(self.path / name, framework="np"):
                    pass
            except (OSError, SafetensorError):
                raise self.damaged(name) from None

    def read(self, name: str) -> dict[str, Any]:
        """A file of JSON. Raises `CheckpointError` for one that is missing, or is anything else."""
        path = self.path / name
        try:
            most = _MAX_VOCABULARY_BYTES if name == VOCABULARY else _MAX_CONFIG_BYTES
            if path.stat().st_size > most:
                raise self.damaged(name)
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise CheckpointError(
                "The diffusion model {folder} is not whole: {wanted} is missing.",
                folder=self.path,
                wanted=name,
            ) from None
        except (ValueError, RecursionError):
            raise self.damaged(name) from None
        if not isinstance(found, dict):
            raise self.damaged(name)
        return found

    def damaged(self, name: str) -> CheckpointError:
        return CheckpointError(
            "{file} of the diffusion model {folder} is damaged: get the model anew.",
            file=name,
            folder=self.path,
        )
