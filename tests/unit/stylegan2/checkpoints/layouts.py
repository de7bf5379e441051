"""One checkpoint of each layout for any pair of networks that the layout can hold."""

from __future__ import annotations

import argparse
import copy
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import strategies as st

from stylegan2 import Geometry
from stylegan2.discriminator_geometry import DiscriminatorGeometry
from tests.unit.stylegan2.checkpoints import (
    nvlabs_writer,
    rosinality_writer,
    tensorflow_writer,
)
from tests.unit.stylegan2.generators import random_tensors

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Networks:
    generator: Geometry
    generator_tensors: Tensors
    discriminator: DiscriminatorGeometry
    discriminator_tensors: Tensors


@dataclass(frozen=True)
class Layout:
    """`holds`: "all" networks, "square", "shapes" or "plain" ones, see `networks`.

    `warning` is a part of the one that reading gives, None for none.
    """

    write: Callable[[Networks], bytes]
    holds: str = "all"
    has_discriminator: bool = True
    warning: str | None = None


@st.composite
def networks(draw: st.DrawFn, holds: str = "all") -> Networks:
    """Small networks with random weights, of every shape that a layout can hold.

    Shapes tell all of "shapes": multipliers, clamps and groups are the published ones. Plain ones
    are also square, not conditional, and of the published architectures.
    """
    plain = holds == "plain"
    published = plain or holds == "shapes"
    sizes = [(4, 4), (4, 2), (3, 5)] if holds in ("all", "shapes") else [(4, 4)]
    height, width = draw(st.sampled_from(sizes))
    blocks = draw(st.integers(2, 3))
    c_dim = 0 if plain else draw(st.sampled_from([0, 0, 3]))
    clamp = None if published else draw(st.sampled_from([None, 0.7]))
    mapping_layers = draw(st.integers(1, 3))
    shape = {
        "img_resolution": (height << (blocks - 1), width << (blocks - 1)),
        "c_dim": c_dim,
        "conv_clamp": clamp,
        "img_channels": draw(st.sampled_from([1, 3, 3, 4])),
    }
    generator = Geometry(
        z_dim=draw(st.integers(1, 4)),
        w_dim=5,
        mapping_layers=mapping_layers,
        channels=tuple(draw(st.lists(st.integers(1, 6), min_size=blocks, max_size=blocks))),
        embed_features=draw(st.sampled_from([None, 2])) if c_dim else None,
        mapping_features=draw(st.sampled_from([None, 3])) if mapping_layers > 1 else None,
        mapping_lr_multiplier=0.01 if published else draw(st.sampled_from([0.01, 1.0])),
        use_noise=plain or draw(st.booleans()),
        architecture="skip" if plain else draw(st.sampled_from(["skip", "resnet", "orig"])),
        **shape,
    )
    layers = draw(st.integers(0, 2)) if c_dim else 0
    discriminator = DiscriminatorGeometry(
        channels=tuple(draw(st.lists(st.sampled_from([2, 4]), min_size=blocks, max_size=blocks))),
        cmap_dim=3 if c_dim else 0,
        mapping_layers=layers,
        embed_features=draw(st.sampled_from([None, 2])) if layers else None,
        mapping_features=draw(st.sampled_from([None, 4])) if layers > 1 else None,
        mapping_lr_multiplier=draw(st.sampled_from([0.01] if published else [0.01, 0.1]))
        if layers
        else 0.01,
        architecture="resnet" if plain else draw(st.sampled_from(["resnet", "skip", "orig"])),
        mbstd_group_size=4 if published else draw(st.sampled_from([1, 2, 4])),
        mbstd_num_channels=1 if plain else draw(st.sampled_from([0, 1, 2])),
        **shape,
    )
    seed = draw(st.integers(0, 1000))
    return Networks(
        generator,
        random_tensors(generator, seed, torch.float32),
        discriminator,
        random_tensors(discriminator, seed, torch.float32),
    )


def _nvlabs_pair(networks: Networks, **options: Any) -> dict[str, Any]:
    """G is not the average: reading it would show."""
    geometry, tensors = networks.generator, networks.generator_tensors
    other = {key: value + 1 for key, value in tensors.items()}
    return {
        "G": nvlabs_writer.generator_module(geometry, other, **options),
        "D": nvlabs_writer.discriminator_module(
            networks.discriminator, networks.discriminator_tensors
        ),
        "G_ema": nvlabs_writer.generator_module(geometry, tensors, **options),
        "training_set_kwargs": nvlabs_writer.EasyDict(path="somewhere", max_size=None),
        "augment_pipe": None,
    }


def _ada(networks: Networks) -> bytes:
    return nvlabs_writer.pickle_bytes(_nvlabs_pair(networks, nested=True), protocol=3)


def _stylegan3(networks: Networks) -> bytes:
    return nvlabs_writer.pickle_bytes(_nvlabs_pair(networks), protocol=4)


def _average_only(networks: Networks) -> bytes:
    module = nvlabs_writer.generator_module(
        networks.generator, networks.generator_tensors, attributes=False
    )
    return nvlabs_writer.pickle_bytes({"G_ema": module}, protocol=5)


def _pti(networks: Networks) -> bytes:
    module = nvlabs_writer.generator_module(networks.generator, networks.generator_tensors)
    return nvlabs_writer.torch_bytes(module)


def _pti_old(networks: Networks) -> bytes:
    module = nvlabs_writer.generator_module(networks.generator, networks.generator_tensors)
    return nvlabs_writer.torch_bytes(module, zipped=False)


def _tensorflow(networks: Networks) -> bytes:
    average = tensorflow_writer.generator_network(networks.generator, networks.generator_tensors)
    other = {key: value + 1 for key, value in networks.generator_tensors.items()}
    return tensorflow_writer.pickle_bytes(
        (
            tensorflow_writer.generator_network(networks.generator, other),
            tensorflow_writer.discriminator_network(
                networks.discriminator, networks.discriminator_tensors
            ),
            average,
        )
    )


def _rosinality(networks: Networks) -> bytes:
    state = rosinality_writer.generator_state(networks.generator, networks.generator_tensors)
    other = {key: value + 1 for key, value in copy.deepcopy(state).items() if "kernel" not in key}
    return _saved(
        {
            "g": other,
            "d": rosinality_writer.discriminator_state(
                networks.discriminator, networks.discriminator_tensors
            ),
            "g_ema": state,
            "g_optim": {"state": {0: {"step": 5}}, "param_groups": [{"lr": 0.002, "params": [0]}]},
            "args": argparse.Namespace(size=16, channel_multiplier=2),
            "latent_avg": networks.generator_tensors["mapping.w_avg"],
        }
    )


def _rosinality_old(networks: Networks) -> bytes:
    state = rosinality_writer.generator_state(networks.generator, networks.generator_tensors)
    average = networks.generator_tensors["mapping.w_avg"]
    return _saved({"g_ema": state, "latent_avg": average}, zipped=False)


def _e4e(networks: Networks) -> bytes:
    state = rosinality_writer.generator_state(networks.generator, networks.generator_tensors)
    average = networks.generator_tensors["mapping.w_avg"]
    return _saved(
        {
            "state_dict": {
                "encoder.input_layer.0.weight": torch.zeros(2, 3, 3, 3),
                **{f"decoder.{key}": value for key, value in state.items()},
            },
            "latent_avg": average.repeat(networks.generator.num_ws, 1),
            "opts": {"stylegan_size": 16},
        }
    )


def _nvlabs_state(networks: Networks) -> bytes:
    return _saved(networks.generator_tensors)


def _nvlabs_states(networks: Networks) -> bytes:
    other = {key: value + 1 for key, value in networks.generator_tensors.items()}
    return _saved(
        {
            "G": other,
            "D": networks.discriminator_tensors,
            "G_ema": networks.generator_tensors,
            "cur_nimg": 25_000_000,
        }
    )


def _wrapped(networks: Networks) -> bytes:
    """As one saves a network that is compiled and lies in DataParallel."""
    tensors, critic = networks.generator_tensors, networks.discriminator_tensors
    return _saved(
        {
            "g_ema": {f"module._orig_mod.{key}": value for key, value in tensors.items()},
            "d": {f"_orig_mod.{key}": value for key, value in critic.items()},
        }
    )


def _wrapped_within(networks: Networks) -> bytes:
    """The synthesis network alone is compiled."""
    return _saved(
        {
            "state_dict": {
                key.replace("synthesis.", "synthesis._orig_mod."): value
                for key, value in networks.generator_tensors.items()
            }
        }
    )


def _e4e_wrapped(networks: Networks) -> bytes:
    state = rosinality_writer.generator_state(networks.generator, networks.generator_tensors)
    return _saved(
        {
            "state_dict": {f"module.decoder.{key}": value for key, value in state.items()},
            "latent_avg": networks.generator_tensors["mapping.w_avg"],
        }
    )


def _rosinality_modules(networks: Networks, **options: Any) -> bytes:
    state = rosinality_writer.generator_state(networks.generator, networks.generator_tensors)
    critic = rosinality_writer.discriminator_state(
        networks.discriminator, networks.discriminator_tensors
    )
    generator = rosinality_writer.module_of(rosinality_writer.Generator(), state)
    return rosinality_writer.module_bytes(
        {
            "g_ema": torch.nn.DataParallel(generator),
            "d": rosinality_writer.module_of(rosinality_writer.Discriminator(), critic),
            "latent_avg": networks.generator_tensors["mapping.w_avg"],
        },
        **options,
    )


def _rosinality_modules_old(networks: Networks) -> bytes:
    return _rosinality_modules(networks, package="models.stylegan2.model", zipped=False)


def _saved(value: object, *, zipped: bool = True) -> bytes:
    file = io.BytesIO()
    torch.save(value, file, _use_new_zipfile_serialization=zipped)
    return file.getvalue()


LAYOUTS = {
    "ada": Layout(_ada),
    "stylegan3": Layout(_stylegan3),
    "average only": Layout(_average_only, has_discriminator=False),
    "pti": Layout(_pti, has_discriminator=False),
    "pti, old": Layout(_pti_old, has_discriminator=False),
    "tensorflow": Layout(_tensorflow, "square"),
    "rosinality": Layout(_rosinality, "plain"),
    "rosinality, old": Layout(_rosinality_old, "plain", has_discriminator=False),
    "e4e": Layout(_e4e, "plain", has_discriminator=False),
    "e4e, DataParallel": Layout(_e4e_wrapped, "plain", has_discriminator=False),
    "nvlabs' tensors": Layout(
        _nvlabs_state, "shapes", has_discriminator=False, warning="tensors only"
    ),
    "nvlabs' tensors, a pair": Layout(_nvlabs_states, "shapes", warning="tensors only"),
    "nvlabs' tensors, wrapped": Layout(_wrapped, "shapes", warning="tensors only"),
    "nvlabs' tensors, wrapped within": Layout(
        _wrapped_within, "shapes", has_discriminator=False, warning="tensors only"
    ),
    "rosinality, modules": Layout(_rosinality_modules, "plain"),
    "rosinality, modules, old": Layout(_rosinality_modules_old, "plain"),
}
