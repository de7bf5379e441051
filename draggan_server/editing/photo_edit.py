"""A photo as the beginning of an edit, and what its state says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from draggan_server.editing import latents
from draggan_server.editing.inversion import explained as explained_part
from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.inversion import Inversion
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.tone import Tone
from draggan_server.editing.inversion.world import World, prepared
from draggan_server.editing.picture_model import PictureModel
from draggan_server.editing.rendering import render
from draggan_server.layer import homography, pixels, warping
from draggan_server.layer.photo_placement import PhotoPlacement
from draggan_server.layer.placement import AnyPlacement, Placement
from draggan_server.layer.resemblance import shrink
from draggan_server.models.zoo import Model
from draggan_server.wire.drag_record import PackedMask
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    MAX_STRETCH,
    OpenProgress,
    PhotoSource,
    Pixels,
    check_photo_shape,
)
from draggan_server.wire.photo_record import SHOWN_SIDE, TONE_VALUES, PhotoRecord
from draggan_server.wire.state import EditState, LayerThumbnail
from stylegan2.generator import Generator

PREPARING = 0.2
"""Share of the work that is the generator's preparation, at its first photo."""
SHOWN_LEVELS = 15
"""So finely it is kept how much of a place is explained."""
LEAST_SEEN = 0.02
"""Share of a region that must not be transparent."""


def placement_of(
    state: EditState, layer: tuple[int, int], picture: tuple[int, int]
) -> AnyPlacement:
    """Raises `BadInput` for a layer of another shape than the state's picture."""
    if state.photo is None:
        return Placement(layer, picture)
    return photo_placement(state.photo, layer, picture)


def photo_placement(
    record: PhotoRecord, layer: tuple[int, int], picture: tuple[int, int]
) -> PhotoPlacement:
    """Raises `BadInput` where the layer has not the photo's size."""
    if layer != (record.height, record.width):
        raise BadInput(
            "The layer is {layer_width} x {layer_height} pixels, but the photo was "
            "{width} x {height}. Give the layer that size again, or begin with the photo anew.",
            layer_width=layer[1],
            layer_height=layer[0],
            width=record.width,
            height=record.height,
        )
    matrix = torch.tensor(record.placement, dtype=torch.float64).view(3, 3)
    return PhotoPlacement(matrix, layer, picture)


def in_tone_of(state: EditState, picture: torch.Tensor) -> torch.Tensor:
    """A picture [1, 3 or 4, h, w] in [0, 1] as it looks on the state's layer."""
    if state.photo is None:
        return picture
    values = torch.tensor(state.photo.tone_values(), dtype=torch.float32)
    tone = Tone(values.view(-1, TONE_VALUES))
    return ((tone.apply(picture * 2 - 1) + 1) / 2).clamp(0, 1)


def photo_picture(generator: PictureModel, state: EditState) -> Pixels:
    """What the generator shows of the state's photo: RGBA of its size, transparent elsewhere."""
    record = state.photo
    assert record is not None
    layer = (record.height, record.width)
    placement = photo_placement(record, layer, generator.img_resolution)
    shown = in_tone_of(state, render(generator, latents.w_plus_of_state(generator, state)))
    return _straight(
        placement.image_to_layer(pixels.with_alpha(shown)).rows(slice(0, layer[0]))[None]
    )


@dataclass
class PhotoRun:
    """A photo being looked at: `run`, then `finish`, whenever it is good enough.

    Raises `BadInput` at once for a region that the model cannot show; `run` does for a long one
    that it has no encoder to search.
    """

    generator: Generator
    model: Model
    source: PhotoSource

    def __post_init__(self) -> None:
        geometry = self.generator.geometry
        if geometry.img_channels == 4:
            raise BadInput(
                "The model '{name}' makes pictures with transparency. Photos can only be shown "
                "by models without: choose another one.",
                name=self.model.name,
            )
        region = pixels.as_bytes(self.source.region)
        height, width = geometry.img_resolution
        self._shapes = (region.shape[3], region.shape[2]), (width, height)
        if self.source.marks is None:  # else it is known where in the region to look
            check_photo_shape(*self._shapes)
        self._layer = region
        colours = region.float() / 255
        if float(colours[:, 3].mean()) < LEAST_SEEN:
            raise BadInput(
                "There is next to nothing to see in this part of the layer: it is transparent. "
                "Choose another part."
            )
        self._photo = Photo(colours, geometry.img_channels, geometry.img_resolution)
        self._world: World | None = None
        self._last: Explanation | None = None

    def run(self, unwanted: Callable[[], bool] = lambda: False) -> Iterator[OpenProgress]:
        """The last says that all is done. `unwanted` is asked before each evaluation, which is the
        most that is still done once it is true.
        """
        for share, world in prepared(self.generator):
            self._world = world
            if world.encoder is None and self.source.marks is None:
                check_photo_shape(*self._shapes, MAX_STRETCH)
            if share < 1:
                yield OpenProgress(PREPARING * share)
            if unwanted():
                return
        assert self._world is not None
        quality, way = self.source.quality, self._marked_way()
        for step in Inversion(self._world, self._photo, quality, unwanted, way):
            self._last = step.explanation
            share = PREPARING + (1 - PREPARING) * step.share
            yield OpenProgress(share, self._preview(step.explanation))

    @property
    def found(self) -> bool:
        """Whether there is anything yet to `finish` with."""
        return self._last is not None

    def finish(self) -> EditState:
        """The state of the photo as it is explained so far."""
        assert self._world is not None
        assert self._last is not None
        record = self._record(self._world, self._last)
        return EditState(
            model=self.model.name,
            model_sha256=self.model.sha256,
            num_ws=self.generator.num_ws,
            w_dim=self.generator.w_dim,
            start=latents.to_bytes(self._last.w_plus),
            left=_thumbnail(self._layer),
            content=record,
        )

    def _marked_way(self) -> torch.Tensor | None:
        """Where the picture lies by the eyes and the mouth, if they are marked."""
        face, marks = self.model.face, self.source.marks
        if face is None or marks is None:
            return None
        return torch.tensor(face.placement(marks), dtype=torch.float64).view(3, 3)

    def _preview(self, explanation: Explanation) -> Pixels:
        """What the model shows of the photo, small; transparent beyond its picture."""
        size = (self.source.region.height, self.source.region.width)
        placement = PhotoPlacement(explanation.matrix, size, self.generator.img_resolution)
        shown = render(self.generator, explanation.w_plus)
        toned = ((explanation.tone.apply(shown * 2 - 1) + 1) / 2).clamp(0, 1)
        return _straight(placement.overview(pixels.with_alpha(toned)))

    def _record(self, world: World, explanation: Explanation) -> PhotoRecord:
        mask = self.source.movable_mask
        matters = None
        if mask is not None:
            alpha = pixels.as_bytes(mask).float() / 255
            image = torch.cat([alpha.expand(-1, 3, -1, -1), alpha], dim=1)
            matters = Photo(image, 3, self.generator.img_resolution)
        judged = explained_part.judge(world, self._photo, explanation, matters)
        coefficients = explanation.tone.coefficients.cpu().numpy().astype("<f4")
        return PhotoRecord(
            width=self.source.region.width,
            height=self.source.region.height,
            placement=tuple(explanation.matrix.flatten().tolist()),
            tone=coefficients.tobytes(),
            explained=judged.share,
            psnr=judged.psnr,
            likeness=judged.likeness,
            shown=self._shown(judged.map, explanation),
        )

    def _shown(self, explained: torch.Tensor, explanation: Explanation) -> PackedMask | None:
        """What is explained, [h, w] in the picture's frame, small and in the region's."""
        height, width = region = (self.source.region.height, self.source.region.width)
        scale = min(1.0, SHOWN_SIDE / max(region))
        size = (max(1, round(height * scale)), max(1, round(width * scale)))
        seen = (explained.shape[0], explained.shape[1])
        way = homography.resized(region, size) @ explanation.matrix
        back = torch.linalg.inv(way @ homography.resized(seen, self.generator.img_resolution))
        there = warping.warp(explained[None, None].float(), back, size)
        levels = (there * warping.inside(back, size, seen) * SHOWN_LEVELS).round() / SHOWN_LEVELS
        return PackedMask.of(size[1], size[0], pixels.from_tensor(levels).data)


def _straight(shown: torch.Tensor) -> Pixels:
    """[1, 4, h, w], opaque colours that fade to 0 at their border -> straight RGBA."""
    alpha = shown[:, 3:].clamp(0, 1)
    return pixels.from_tensor(torch.cat([shown[:, :3] / alpha.clamp(min=1e-3), alpha], dim=1))


def _thumbnail(layer: torch.Tensor) -> LayerThumbnail:
    """What the photo is known by. Nothing of it is paint."""
    rgba = pixels.from_tensor(torch.cat(shrink(layer), dim=1))
    return LayerThumbnail(rgba.width, rgba.height, rgba.data, bytes(rgba.width * rgba.height))
