"""Where a fit begins if there is an encoder: what that sees in the photo at one glance."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from draggan_server.editing.inversion.encoder import SIDE, Encoder, Sight, as_input
from draggan_server.editing.inversion.joint_fit import Estimate
from draggan_server.editing.inversion.ownership import Ownership
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.start import covering
from draggan_server.editing.inversion.tone import Tone
from draggan_server.editing.inversion.world import World
from draggan_server.layer import homography


class Glance(NamedTuple):
    """Two estimates, and what of the photo is the model's."""

    plain: Estimate
    mirrored: Estimate
    own: Ownership


@torch.no_grad()
def glance(world: World, encoder: Encoder, photo: Photo) -> Glance:
    """What the encoder sees in the photo, plain and mirrored."""
    block = world.block_of(SIDE)
    size = world.size(block)
    whole = world.generator.img_resolution
    frame = homography.unit_frame(whole)
    back = torch.linalg.inv(frame)
    plain = covering(whole, photo.size)
    ways = [plain, plain @ back @ homography.mirror() @ frame]
    looks = []
    for way in ways:
        colours, seen = photo.seen(way @ homography.resized(size, whole), size)
        colours = world.filtered(colours.to(world.mean), block)
        looks.append(as_input(colours[None], seen.to(world.mean)[None]))
    sight: Sight = encoder(torch.cat(looks))
    coordinates = world.coordinates_of(world.mean + sight.coordinates @ encoder.directions)
    tone = Tone.none(world.generator.geometry.img_channels)
    estimates = [
        Estimate(
            coordinates[n],
            homography.normalised(way @ back @ moved(sight.motions[n]) @ frame),
            tone,
        )
        for n, way in enumerate(ways)
    ]
    own = Ownership(photo, sight.own[0], plain @ homography.resized(size, whole))
    return Glance(estimates[0], estimates[1], own)


def moved(motion: torch.Tensor) -> torch.Tensor:
    """motion [4] of an encoder -> the similarity [3, 3] of the unit frame that it stands for."""
    right, down, angle, scale = motion.double().tolist()
    return homography.similarity(angle=angle, scale=math.exp(scale), shift=(right, down))
