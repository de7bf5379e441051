"""Where a fit begins if there is an encoder: what that sees in the photo at one glance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch

from draggan_server.editing.inversion.encoder import SIDE, Encoder, Sight, as_input
from draggan_server.editing.inversion.joint_fit import Estimate
from draggan_server.editing.inversion.ownership import Ownership
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.tone import Tone
from draggan_server.editing.inversion.world import World
from draggan_server.layer import homography
from draggan_server.layer.homography import Size


class Glance(NamedTuple):
    """Two estimates, and what of the photo is the model's."""

    plain: Estimate
    mirrored: Estimate
    own: Ownership


@torch.no_grad()
def glance(world: World, encoder: Encoder, photo: Photo, way: torch.Tensor) -> Glance:
    """What the encoder sees in the photo, plain and mirrored, where `way` [3, 3] takes the
    picture's pixels to.
    """
    whole = world.generator.img_resolution
    frame = homography.unit_frame(whole)
    ways = [way, way @ torch.linalg.inv(frame) @ homography.mirror() @ frame]
    sight: Sight = encoder(seen_at(world, photo, ways))
    coordinates = world.coordinates_of(world.mean + sight.coordinates @ encoder.directions)
    tone = Tone.none(world.generator.geometry.img_channels)
    estimates = [
        Estimate(coordinates[n], moved(way, sight.motions[n], whole), tone)
        for n, way in enumerate(ways)
    ]
    size = (sight.own.shape[1], sight.own.shape[2])
    own = Ownership(photo, sight.own[0], way @ homography.resized(size, whole))
    return Glance(estimates[0], estimates[1], own)


def seen_at(world: World, photo: Photo, ways: Sequence[torch.Tensor]) -> torch.Tensor:
    """[N, C + 1, h, w]: what an encoder is to look at, where each of `ways` takes a picture."""
    block = world.block_of(SIDE)
    size = world.size(block)
    looks = []
    for way in ways:
        matrix = way @ homography.resized(size, world.generator.img_resolution)
        colours, seen = photo.seen(matrix, size)
        colours = world.filtered(colours.to(world.mean), block)
        looks.append(as_input(colours[None], seen.to(world.mean)[None]))
    return torch.cat(looks)


def moved(way: torch.Tensor, motion: torch.Tensor, picture: Size) -> torch.Tensor:
    """The placement `way` of a picture after the motion [4] that an encoder sees there."""
    right, down, angle, scale = motion.double().tolist()
    own = homography.similarity(angle=angle, scale=math.exp(scale), shift=(right, down))
    frame = homography.unit_frame(picture)
    return homography.normalised(way @ torch.linalg.inv(frame) @ own @ frame)
