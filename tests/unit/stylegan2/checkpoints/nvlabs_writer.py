"""Writes networks as NVIDIA's PyTorch repositories do: persistent objects, module by module."""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import torch

from stylegan2 import Geometry
from stylegan2.discriminator_geometry import DiscriminatorGeometry
from tests.unit.stylegan2.checkpoints import pretend

SOURCE = "raise SystemExit('the source code in the checkpoint was run')"
Tensors = dict[str, torch.Tensor]


class EasyDict(dict[str, Any]):
    pass


def _reconstruct_persistent_obj(meta: Any) -> None:
    raise AssertionError("only written, never called")


@dataclass
class Module:
    """One persistent object."""

    class_name: str
    attributes: dict[str, Any] = field(default_factory=dict)
    parameters: Tensors = field(default_factory=dict)
    buffers: Tensors = field(default_factory=dict)
    children: dict[str, Module] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        state = {
            "training": False,
            "_parameters": OrderedDict(
                (name, torch.nn.Parameter(value)) for name, value in self.parameters.items()
            ),
            "_buffers": OrderedDict(self.buffers),
            "_modules": OrderedDict(self.children),
            "_forward_hooks": OrderedDict(),
            **self.attributes,
        }
        meta = {
            "type": "class",
            "version": 6,
            "module_src": SOURCE,
            "class_name": self.class_name,
            "state": state,
        }
        return _reconstruct_persistent_obj, (meta,)


def generator_module(
    geometry: Geometry, tensors: Tensors, *, attributes: bool = True, nested: bool = False
) -> Module:
    """With `nested` options lie as in ada's repository, else as in StyleGAN3's.

    Without `attributes` layers do not remember their options.
    """
    synthesis = {"conv_clamp": geometry.conv_clamp, "architecture": geometry.architecture}
    options: dict[str, Any] = {
        "z_dim": geometry.z_dim,
        "mapping_kwargs": {"lr_multiplier": geometry.mapping_lr_multiplier},
    }
    options |= {"synthesis_kwargs": EasyDict(synthesis)} if nested else synthesis
    root = _tree("Generator", tensors)
    root.attributes["_init_kwargs"] = EasyDict(options)
    if attributes:
        _remember(root, geometry.mapping_lr_multiplier, geometry.conv_clamp)
    return root


def discriminator_module(geometry: DiscriminatorGeometry, tensors: Tensors) -> Module:
    root = _tree("Discriminator", tensors)
    _remember(root, geometry.mapping_lr_multiplier, geometry.conv_clamp)
    last = root.children["b4"]
    last.children["mbstd"] = Module(
        "MinibatchStdLayer",
        {"group_size": geometry.mbstd_group_size, "num_channels": geometry.mbstd_num_channels},
    )
    if "fromrgb" in last.children:
        last.children["fromrgb"].attributes["conv_clamp"] = None
    return root


def _tree(class_name: str, tensors: Tensors) -> Module:
    root = Module(class_name)
    for key, value in tensors.items():
        *path, name = key.split(".")
        module = root
        for part in path:
            module = module.children.setdefault(part, Module("Part"))
        is_buffer = name in ("noise_const", "w_avg", "resample_filter")
        (module.buffers if is_buffer else module.parameters)[name] = value
        if name == "noise_const":
            taps = torch.tensor([1.0, 3.0, 3.0, 1.0])
            module.buffers["resample_filter"] = torch.outer(taps, taps) / 64
    return root


def _remember(root: Module, multiplier: float, clamp: float | None) -> None:
    """Give each layer the attributes by which the original one remembers its options."""
    for name, layer in root.children.get("mapping", Module("")).children.items():
        layer.attributes["bias_gain"] = 1.0 if name == "embed" else multiplier
        layer.attributes["activation"] = "linear" if name == "embed" else "lrelu"
    blocks = root.children.get("synthesis", root).children
    for block in (blocks[name] for name in blocks if name.startswith("b")):
        for name, layer in block.children.items():
            layer.attributes["conv_clamp"] = None if name == "skip" else clamp


def pickle_bytes(value: Any, protocol: int = 3) -> bytes:
    """Any combination of `Module`s, tables and tensors, as NVIDIA's tools pickle it."""
    with _names():
        return pickle.dumps(value, protocol)


def torch_bytes(value: Any, *, zipped: bool = True) -> bytes:
    """The same as `torch.save` writes it, which is how PTI keeps a tuned generator."""
    file = io.BytesIO()
    with _names():
        torch.save(value, file, _use_new_zipfile_serialization=zipped)
    return file.getvalue()


def _names() -> Any:
    return pretend.names(
        torch_utils__persistence___reconstruct_persistent_obj=_reconstruct_persistent_obj,
        dnnlib__util__EasyDict=EasyDict,
    )
