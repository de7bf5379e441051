"""Writes networks as NVIDIA's TensorFlow repository does: a pickled tuple (G, D, Gs)."""

from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np
import torch

from stylegan2 import Geometry
from stylegan2.discriminator_geometry import DiscriminatorGeometry
from tests.unit.stylegan2.checkpoints import pretend

SOURCE = "raise SystemExit('the source code in the checkpoint was run')"
Tensors = dict[str, torch.Tensor]


class Network:
    """Pickled by its state, as `dnnlib.tflib.network.Network` is."""

    def __init__(
        self,
        name: str,
        variables: dict[str, np.ndarray[Any, Any]],
        options: dict[str, Any],
        components: dict[str, Network] | None = None,
    ) -> None:
        self.state = {
            "version": 4,
            "name": name,
            "static_kwargs": options,
            "components": components or {},
            "build_module_src": SOURCE,
            "build_func_name": name,
            "variables": list(variables.items()),
        }

    def __getstate__(self) -> dict[str, Any]:
        return self.state


def pickle_bytes(value: Any, protocol: int = 4) -> bytes:
    with pretend.names(dnnlib__tflib__network__Network=Network):
        return pickle.dumps(value, protocol)


def generator_network(geometry: Geometry, tensors: Tensors) -> Network:
    options: dict[str, Any] = {
        "func_name": "training.networks_stylegan2.G_main",
        "mapping_lrmul": geometry.mapping_lr_multiplier,
        "resample_kernel": [1, 3, 3, 1],
    }
    if geometry.conv_clamp is not None:
        options["conv_clamp"] = geometry.conv_clamp
    parts: dict[str, dict[str, np.ndarray[Any, Any]]] = {"mapping": {}, "synthesis": {}}
    own = {"lod": np.float32(0).reshape(())}
    for key, value in tensors.items():
        if key == "mapping.w_avg":
            own["dlatent_avg"] = value.numpy()
            continue
        part, *path = key.split(".")
        name, array = _generator_variable(path, value.numpy())
        parts[part][name] = array
    components = {part: Network(part, found, {}) for part, found in parts.items()}
    return Network("Gs", own, options, components)


def _generator_variable(
    path: list[str], x: np.ndarray[Any, Any]
) -> tuple[str, np.ndarray[Any, Any]]:
    """Below `mapping` or `synthesis`, from our name to theirs."""
    *layers, name = path
    if layers[0] == "embed":
        return f"LabelEmbed/{name}", _matrix(x, name)
    if layers[0].startswith("fc"):
        return f"Dense{layers[0][2:]}/{name}", _matrix(x, name)
    resolution = int(layers[0][1:])
    prefix = f"{resolution}x{resolution}/"
    if name == "const":
        return f"{prefix}Const/const", x[None]
    if name == "noise_const":
        number = 2 * (resolution.bit_length() - 1) - (5 if layers[1] == "conv0" else 4)
        return f"noise{number}", x[None, None]
    theirs = {"conv0": "Conv0_up", "conv1": "Conv1", "torgb": "ToRGB", "skip": "Skip"}[layers[1]]
    prefix += "Conv/" if resolution == 4 and theirs == "Conv1" else f"{theirs}/"
    if layers[2:] == ["affine"]:
        return f"{prefix}mod_{name}", x.T if name == "weight" else x - 1
    if name == "weight":
        x = x.transpose(2, 3, 1, 0)  # [h, w, in, out]
        return f"{prefix}weight", x[::-1, ::-1] if layers[1] == "conv0" else x
    return f"{prefix}{name}", x


def discriminator_network(geometry: DiscriminatorGeometry, tensors: Tensors) -> Network:
    options = {
        "func_name": "training.networks_stylegan2.D_stylegan2",
        "mapping_lrmul": geometry.mapping_lr_multiplier,
        "mbstd_group_size": geometry.mbstd_group_size,
        "conv_clamp": geometry.conv_clamp,
    }
    variables = {}
    for key, value in tensors.items():
        *layers, name = key.split(".")
        x = value.numpy()
        if layers[0] == "mapping":
            prefix = "LabelEmbed" if layers[1] == "embed" else f"Mapping{layers[1][2:]}"
            variables[f"{prefix}/{name}"] = _matrix(x, name)
            continue
        match = re.fullmatch(r"b(\d+)", layers[0])
        assert match
        prefix = f"{match[1]}x{match[1]}"
        theirs = {
            "fromrgb": f"{prefix}/FromRGB",
            "conv0": f"{prefix}/Conv0",
            "conv1": f"{prefix}/Conv1_down",
            "skip": f"{prefix}/Skip",
            "conv": f"{prefix}/Conv",
            "fc": f"{prefix}/Dense0",
            "out": "Output",
        }[layers[1]]
        if name == "weight":
            x = x.T if x.ndim == 2 else x.transpose(2, 3, 1, 0)
        variables[f"{theirs}/{name}"] = x
    return Network("D", variables, options)


def _matrix(x: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    return x.T if name == "weight" else x
