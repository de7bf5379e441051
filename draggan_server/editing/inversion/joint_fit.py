"""Placement, tone and a latent of W, fitted together: Gauss and Newton's method, damped.

The residual is taken in the picture's frame: r = tone(G(w)) - photo(H(x)). Its derivatives by the
latent's coordinates are differences of pictures a small step apart, those by the tone are exact,
and those by the placement use the mean of the picture's and the photo's gradient, which reaches
farther than either (efficient second-order minimisation, Benhimane and Malis 2004).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import torch

from draggan_server.editing.inversion import robustness
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.tone import GAINS, OFFSETS, Tone, derivatives
from draggan_server.editing.inversion.world import Interrupted, World
from draggan_server.layer import homography
from draggan_server.layer.homography import GENERATORS

PRIOR = 1e-3
"""Weight of the mean square of the latent's coordinates against the mean square residual."""
MOTION_SPREAD = 0.15
"""What the prior expects of a placement: radians, shares of a size or of half a side."""
BENT_SPREAD = 0.05
"""The same of what makes more than a similarity of it: stretched, sheared, tilted."""
GAIN_SPREAD, OFFSET_SPREAD = 0.15, 0.05
_PROBE = 0.05  # of a direction's spread
_DAMPING = 1e-2
_TRIALS = 4
_BATCH = 8  # sixteen pictures of 64 x 64 leave the cache, and take a tenth longer each


@dataclass(frozen=True, eq=False)
class Estimate:
    """Where a fit stands: coordinates [K] in W, the placement of the whole picture, the tone. Equal
    to itself only."""

    coordinates: torch.Tensor
    matrix: torch.Tensor
    tone: Tone
    energy: float = float("inf")


@dataclass(frozen=True)
class Look:
    """The picture and the photo at an estimate; [C, h, w], and what is seen, [h, w]."""

    picture: torch.Tensor
    toned: torch.Tensor
    photo: torch.Tensor
    seen: torch.Tensor

    @property
    def residual(self) -> torch.Tensor:
        return self.toned - self.photo


@dataclass(frozen=True)
class _Slopes:
    """How the picture [C, h, w] changes with the coordinates [K]: [K, C, h, w].

    Found by probes, which are nearly all of a step's cost, and then corrected once by what a step
    really changed (Broyden 1965): every second step costs next to nothing.
    """

    coordinates: torch.Tensor
    picture: torch.Tensor
    slopes: torch.Tensor
    used: bool = False

    def updated(self, coordinates: torch.Tensor, picture: torch.Tensor) -> _Slopes:
        step = coordinates - self.coordinates
        missed = picture - self.picture - torch.einsum("k,kchw->chw", step, self.slopes)
        length = step.square().sum().clamp(min=1e-8)
        slopes = self.slopes + (step / length)[:, None, None, None] * missed
        return _Slopes(coordinates, picture, slopes, used=True)


class JointFit:
    """Steps from an estimate to better ones at one resolution, that of `block`.

    `motions` is how many of the placement's `GENERATORS` are free, `latent` whether w is. `probed`
    is how many of w's leading directions are looked at, None: all. Of the others the prior decides:
    they go to the mean. The picture does not become smaller than `smallest`, in the photo's pixels
    for one of its own: one that is small enough meets any photo.
    """

    def __init__(
        self,
        world: World,
        photo: Photo,
        block: int,
        *,
        motions: int = homography.SIMILARITY,
        latent: bool = True,
        probed: int | None = None,
        smallest: float = 0.0,
    ) -> None:
        self._world = world
        self._photo = photo
        self._smallest = smallest
        self.block = block
        self._size = world.size(block)
        self._whole = world.generator.img_resolution
        self._latent = latent
        self._probed = probed
        self._motions = motions
        self._damping = _DAMPING
        self._slopes: _Slopes | None = None
        self._looks = WeakKeyDictionary[Estimate, Look]()
        self.curvature = torch.empty(0)

    @torch.no_grad()
    def run(self, start: Estimate, steps: int, scales: tuple[float, float]) -> Estimate:
        """`steps` steps; the robust weights' scale goes from the first to the second. Interrupted,
        it is what was reached.
        """
        now, self._damping, self._slopes = start, _DAMPING, None
        with contextlib.suppress(Interrupted):
            look = self.look(now)
            for step in range(steps):
                share = step / max(1, steps - 1)
                scale = scales[0] * (scales[1] / scales[0]) ** share
                weights = robustness.weights(look.residual, look.seen, scale)
                found = self._step(now, look, weights)
                if found is None:
                    break
                now, look = found
        return now

    @torch.no_grad()
    def unlike(self, estimate: Estimate, scale: float) -> float:
        """The share of the photo that looks different, softly counted: by half at `scale`."""
        look = self.look(estimate)
        return float(self.different(look.toned[None], look, scale)[0])

    def _scale(self, at: Estimate) -> float:
        """The photo's pixels for one of the picture, in its middle."""
        height, width = self._whole
        return homography.scale_at(at.matrix, (width / 2, height / 2))

    def different(self, toned: torch.Tensor, look: Look, scale: float) -> torch.Tensor:
        """toned [N, C, h, w] -> [N]: that share of the photo at `look` for other pictures."""
        square = (toned - look.photo).square().mean(dim=1)
        different = square / (square + scale**2) * look.seen
        return different.sum(dim=(1, 2)) / look.seen.sum().clamp(min=1e-3)

    def slopes(self, now: Estimate, look: Look) -> torch.Tensor:
        """[K, C, h, w]: how the toned picture changes with the coordinates, where the fit has ended
        or goes on.
        """
        known = self._slopes
        if known is None:
            known = _Slopes(now.coordinates, look.picture, self._probe(now, look.picture))
        else:
            known = known.updated(now.coordinates, look.picture)
        self._slopes = known
        gain, _ = now.tone.maps(self._size)
        return known.slopes * gain.to(known.slopes)

    def _step(
        self, now: Estimate, look: Look, weights: torch.Tensor
    ) -> tuple[Estimate, Look] | None:
        """A better estimate by the residual under these weights, None where there is none."""
        columns = torch.cat(
            [self._by_latent(now, look), self._by_motion(look), self._by_tone(look)]
        )
        scale = (
            (weights / (weights.sum() * len(look.photo))).sqrt().flatten().repeat(len(look.photo))
        )
        columns = columns * scale
        prior, at = self._prior(now)
        normal = columns @ columns.T + torch.diag(prior)
        self.curvature = normal
        gradient = columns @ (look.residual.flatten() * scale) + prior * at
        energy = self._energy(look, weights, prior, at)
        for _ in range(_TRIALS):
            damped = normal + torch.diag(self._damping * normal.diagonal())
            step = -torch.linalg.solve(damped, gradient)
            moved = self._moved(now, step)
            seen = self.look(moved)
            new_prior, new_at = self._prior(moved)
            reached = self._energy(seen, weights, new_prior, new_at)
            if reached < energy and self._scale(moved) >= self._smallest:
                self._damping = max(self._damping / 4, 1e-4)
                better = replace(moved, energy=reached)
                self._looks[better] = seen
                return better, seen
            self._damping *= 6
        return None

    def look(self, at: Estimate) -> Look:
        """Taken once of each."""
        known = self._looks.get(at)
        if known is None:
            picture = self.pictures(at.coordinates[None])[0]
            matrix = at.matrix @ homography.resized(self._size, self._whole)
            photo, seen = self._photo.seen(matrix, self._size)
            photo = self._world.filtered(photo.to(picture), self.block)
            known = Look(picture, at.tone.apply(picture[None])[0], photo, seen.to(picture))
            self._looks[at] = known
        return known

    def pictures(self, coordinates: torch.Tensor) -> torch.Tensor:
        """[N, K] -> [N, C, h, w] in about [-1, 1]. Raises `Interrupted`."""
        world = self._world
        parts = torch.split(coordinates, _BATCH)
        return torch.cat([world.picture(world.w_plus(part), self.block) for part in parts])

    def _energy(
        self, look: Look, weights: torch.Tensor, prior: torch.Tensor, at: torch.Tensor
    ) -> float:
        # A placement that shows less of the photo must not gain by it.
        square = look.residual.square().mean(dim=0) * weights
        return float(square.sum() / weights.sum() + (prior * at.square()).sum())

    def _by_latent(self, now: Estimate, look: Look) -> torch.Tensor:
        """[K or 0, C * h * w]."""
        if not self._latent:
            return look.picture.new_empty(0, look.picture.numel())
        if self._slopes is not None and self._slopes.used:
            self._slopes = None  # corrected once already
        return self._by_parameters(now, self.slopes(now, look).flatten(1))

    def _by_parameters(self, now: Estimate, by_coordinates: torch.Tensor) -> torch.Tensor:
        """[K, N] -> [L, N]: derivatives by what the latent is made of, here its coordinates."""
        return by_coordinates

    def _parameters(self, now: Estimate) -> torch.Tensor:
        """[L]: what the latent is made of, normal to the prior."""
        return now.coordinates

    def _latent_moved(self, now: Estimate, step: torch.Tensor) -> Estimate:
        """`now` after a step [L]."""
        return replace(now, coordinates=now.coordinates + step)

    def _probe(self, now: Estimate, picture: torch.Tensor) -> torch.Tensor:
        probes = now.coordinates + _PROBE * torch.eye(len(now.coordinates)).to(now.coordinates)
        slopes = picture.new_zeros(len(probes), *picture.shape)
        found = self.pictures(probes[: self._probed])
        slopes[: len(found)] = (found - picture) / _PROBE
        return slopes

    def _by_motion(self, look: Look) -> torch.Tensor:
        """[motions, C * h * w]: moved by one of the generators, in the unit frame."""
        speed = homography.speeds(self._size, self._motions).to(look.photo)
        down, across = _gradient((look.photo + look.toned) / 2)
        return -(speed[:, None, ..., 0] * across + speed[:, None, ..., 1] * down).flatten(1)

    def _by_tone(self, look: Look) -> torch.Tensor:
        """[C * (GAINS + OFFSETS), C * h * w]: each channel by its own coefficients."""
        own = derivatives(look.picture)
        channels, count = own.shape[:2]
        every = own.new_zeros(channels, count, *look.picture.shape)
        for channel in range(channels):
            every[channel, :, channel] = own[channel]
        return every.flatten(0, 1).flatten(1)

    def _prior(self, now: Estimate) -> tuple[torch.Tensor, torch.Tensor]:
        """Weights [P] and where the parameters stand [P]; a motion begins anew at each step."""
        unit = PRIOR / len(now.coordinates)
        latent = self._parameters(now) if self._latent else now.coordinates[:0]
        tone = now.tone.coefficients
        spreads = torch.tensor([GAIN_SPREAD] * GAINS + [OFFSET_SPREAD] * OFFSETS)
        bent = len(GENERATORS) - homography.SIMILARITY
        motions = torch.tensor([MOTION_SPREAD] * homography.SIMILARITY + [BENT_SPREAD] * bent)
        weights = torch.cat(
            [
                torch.ones_like(latent),
                motions[: self._motions].pow(-2),
                spreads.pow(-2).repeat(len(tone)),
            ]
        )
        at = torch.cat([latent, torch.zeros(self._motions), tone.flatten()])
        return unit * weights, at

    def _moved(self, now: Estimate, step: torch.Tensor) -> Estimate:
        tones = now.tone.coefficients.numel()
        count = len(step) - self._motions - tones
        latent, motion, tone = torch.split(step, [count, self._motions, tones])
        frame = homography.unit_frame(self._whole)
        local = torch.linalg.inv(frame) @ homography.motion(motion) @ frame
        return replace(
            self._latent_moved(now, latent) if count else now,
            matrix=homography.normalised(now.matrix @ local),
            tone=now.tone.moved(tone),
        )


def _gradient(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """[C, h, w] -> its differences downwards and across, one a pixel."""
    down, across = torch.gradient(image, dim=(1, 2))
    return down, across
