"""State dictionaries and whole modules as rosinality's stylegan2-pytorch keeps them."""

from __future__ import annotations

import io
import warnings

import torch

from stylegan2 import Geometry
from stylegan2.discriminator_geometry import DiscriminatorGeometry
from tests.unit.stylegan2.checkpoints import pretend

Tensors = dict[str, torch.Tensor]


def generator_state(geometry: Geometry, tensors: Tensors, *, noises: bool = True) -> Tensors:
    state = {"input.input": tensors["synthesis.b4.const"][None]}
    for i in range(geometry.mapping_layers):
        for name in ("weight", "bias"):
            state[f"style.{i + 1}.{name}"] = tensors[f"mapping.fc{i}.{name}"]
    number = 0
    for index, resolution in enumerate(geometry.resolutions):
        block = f"synthesis.b{resolution}"
        for i in (0, 1) if index else (1,):
            theirs, ours = f"convs.{2 * index - 2 + i}" if index else "conv1", f"{block}.conv{i}"
            state |= _styled(theirs, ours, tensors)
            state[f"{theirs}.noise.weight"] = tensors[f"{ours}.noise_strength"].reshape(1)
            state[f"{theirs}.activate.bias"] = tensors[f"{ours}.bias"]
            if noises:
                state[f"noises.noise_{number}"] = tensors[f"{ours}.noise_const"][None, None]
            number += 1
            if i == 0:
                state[f"{theirs}.conv.blur.kernel"] = _kernel() * 4
        theirs = f"to_rgbs.{index - 1}" if index else "to_rgb1"
        state |= _styled(theirs, f"{block}.torgb", tensors)
        state[f"{theirs}.bias"] = tensors[f"{block}.torgb.bias"].reshape(1, -1, 1, 1)
        if index:
            state[f"{theirs}.upsample.kernel"] = _kernel() * 4
    return state


def _styled(theirs: str, ours: str, tensors: Tensors) -> Tensors:
    return {
        f"{theirs}.conv.weight": tensors[f"{ours}.weight"][None],
        f"{theirs}.conv.modulation.weight": tensors[f"{ours}.affine.weight"],
        f"{theirs}.conv.modulation.bias": tensors[f"{ours}.affine.bias"],
    }


def _kernel() -> torch.Tensor:
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0])
    return torch.outer(taps, taps) / 64


def discriminator_state(geometry: DiscriminatorGeometry, tensors: Tensors) -> Tensors:
    largest = geometry.resolutions[0]
    state = {
        "convs.0.0.weight": tensors[f"b{largest}.fromrgb.weight"],
        "convs.0.1.bias": tensors[f"b{largest}.fromrgb.bias"],
    }
    for i, resolution in enumerate(geometry.resolutions[:-1], start=1):
        ours = f"b{resolution}"
        state[f"convs.{i}.conv1.0.weight"] = tensors[f"{ours}.conv0.weight"]
        state[f"convs.{i}.conv1.1.bias"] = tensors[f"{ours}.conv0.bias"]
        state[f"convs.{i}.conv2.0.kernel"] = _kernel()
        state[f"convs.{i}.conv2.1.weight"] = tensors[f"{ours}.conv1.weight"]
        state[f"convs.{i}.conv2.2.bias"] = tensors[f"{ours}.conv1.bias"]
        state[f"convs.{i}.skip.0.kernel"] = _kernel()
        state[f"convs.{i}.skip.1.weight"] = tensors[f"{ours}.skip.weight"]
    for theirs, ours in (
        ("final_conv.0.weight", "b4.conv.weight"),
        ("final_conv.1.bias", "b4.conv.bias"),
        ("final_linear.0.weight", "b4.fc.weight"),
        ("final_linear.0.bias", "b4.fc.bias"),
        ("final_linear.1.weight", "b4.out.weight"),
        ("final_linear.1.bias", "b4.out.bias"),
    ):
        state[theirs] = tensors[ours]
    return state


class Generator(torch.nn.Module):
    pass


class Discriminator(torch.nn.Module):
    pass


class StyledConv(torch.nn.Module):
    pass


class EqualLinear(torch.nn.Module):
    lr_mul: float


def module_of(root: torch.nn.Module, state: Tensors, *, lr_mul: float = 0.01) -> torch.nn.Module:
    """`root` with a module for each part of a name; layers remember what the original ones do."""
    for key, value in state.items():
        *path, name = key.split(".")
        module = root
        for part in path:
            if part not in module._modules:
                module.add_module(part, _part(module, part, lr_mul))
            module = module.get_submodule(part)
        if name in ("kernel",) or name.startswith("noise_"):
            module.register_buffer(name, value)
        else:
            module.register_parameter(name, torch.nn.Parameter(value))
    return root


def _part(parent: torch.nn.Module, part: str, lr_mul: float) -> torch.nn.Module:
    if part in ("style", "convs", "to_rgbs"):
        return torch.nn.ModuleList() if part != "style" else torch.nn.Sequential()
    if part == "noises":
        return torch.nn.Module()
    if isinstance(parent, torch.nn.Sequential):
        layer = EqualLinear()
        layer.lr_mul = lr_mul
        return layer
    return StyledConv()


def module_bytes(value: object, package: str = "model", *, zipped: bool = True) -> bytes:
    """As `torch.save` writes whole modules whose classes lie in `package`."""
    file = io.BytesIO()
    classes = (Generator, Discriminator, StyledConv, EqualLinear)
    places = {f"{package.replace('.', '__')}__{kind.__name__}": kind for kind in classes}
    with pretend.names(**places), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Couldn't retrieve source code")
        torch.save(value, file, _use_new_zipfile_serialization=zipped)
    return file.getvalue()
