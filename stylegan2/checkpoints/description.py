"""What a checkpoint file is and what is in it, torch-free."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from stylegan2.geometry import Geometry


@dataclass(frozen=True, slots=True)
class Description:
    """What `inspect` finds in one file.

    `geometry` is the generator's, None where there is none that can be run.
    `format` and `family` are names for people ("NVIDIA's PyTorch pickle", "StyleGAN2"); `card` is
    what the file says about its model; `tensor_count` counts the tensors that are used; `warnings`
    are sentences.
    """

    format: str
    family: str
    geometry: Geometry | None
    has_generator: bool
    has_discriminator: bool
    card: dict[str, Any]
    tensor_count: int
    warnings: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, text: str) -> Description:
        """What `to_json` wrote. Raises `CheckpointError` for an impossible geometry."""
        document = json.loads(text)
        geometry = document["geometry"]
        document["geometry"] = None if geometry is None else Geometry.from_json(geometry)
        document["warnings"] = tuple(document["warnings"])
        return cls(**document)

    def to_json(self) -> str:
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        fields["geometry"] = None if self.geometry is None else self.geometry.to_json()
        return json.dumps(fields)
