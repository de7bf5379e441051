"""Valid messages of every class, as hypothesis strategies made from the classes' own fields."""

from __future__ import annotations

import dataclasses
import types
import typing
from typing import Any

from hypothesis import strategies as st

from draggan_server.wire.drag_config import (
    LATENT_SPACES,
    MASK_TERMS,
    TRACKERS,
    DragganConfig,
    FreedragConfig,
    NewtonConfig,
)
from draggan_server.wire.face import Face
from draggan_server.wire.messages import (
    LIVE_METHOD,
    THUMBNAIL_SIDE,
    AvailableModel,
    BlendSource,
    Catalogue,
    DrawSamples,
    Event,
    GoToDrag,
    History,
    InstalledModel,
    ModelInfo,
    ModelList,
    MoveTargets,
    PastDrag,
    PhotoSource,
    Pixels,
    Request,
    SamplesDrawn,
    SampleSource,
    SavedState,
    StartDrag,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text("a\0é漢", max_size=8)
long_texts = st.integers(1, 3).map(lambda n: "ä" * (n * 9000))
coordinates = st.floats(0, 15)
point_pairs = st.lists(
    st.tuples(st.tuples(coordinates, coordinates), st.tuples(coordinates, coordinates)).filter(
        lambda pair: pair[0] != pair[1]
    ),
    min_size=1,
    max_size=4,
)


@st.composite
def pixels(draw: st.DrawFn, side: int | None = None, channels: int | None = None) -> Pixels:
    width = side or draw(st.integers(1, 20))
    height = side or draw(st.integers(1, 20))
    channels = channels or draw(st.sampled_from((1, 4)))
    value = draw(st.integers(1, 255))
    return Pixels(width, height, channels, bytes([value]) * (width * height * channels))


samples = st.builds(
    SampleSource, model=texts, seed=st.integers(0, 2**32 - 1), truncation_psi=st.floats(-2, 2)
)
seeds = st.integers(0, 2**32 - 1)
parts = st.lists(seeds, min_size=2, max_size=5, unique=True).map(
    lambda drawn: tuple((seed, 1 / len(drawn)) for seed in drawn)
)
blends = st.builds(BlendSource, model=texts, parts=parts, truncation_psi=st.floats(-2, 2))


@st.composite
def sheets(draw: st.DrawFn) -> SamplesDrawn:
    count = draw(st.integers(1, 4))
    height = THUMBNAIL_SIDE * count
    sheet = Pixels(THUMBNAIL_SIDE, height, 4, bytes([7]) * (THUMBNAIL_SIDE * height * 4))
    return SamplesDrawn(count, sheet)


common_options = {
    "max_steps": st.integers(1, 2000),
    "latent_space": st.sampled_from(LATENT_SPACES),
    "optimised_rows": st.integers(1, 64),
    "feature_resolution": st.none() | st.integers(4, 1024),
}
descent_options = {
    "learning_rate": st.none() | st.floats(1e-6, 1),
    "r1": st.floats(0.5, 64),
    "mask_term": st.sampled_from(MASK_TERMS),
}
configs = st.one_of(
    st.builds(NewtonConfig, **common_options),
    st.builds(
        DragganConfig,
        **common_options,
        **descent_options,
        r2=st.floats(1, 128),
        tracker=st.sampled_from(TRACKERS),
    ),
    st.builds(FreedragConfig, **common_options, **descent_options),
)


@st.composite
def drags(draw: st.DrawFn) -> StartDrag:
    handles, targets = zip(*draw(point_pairs), strict=True)
    config = draw(configs)
    live = config.method == LIVE_METHOD and draw(st.booleans())
    if live:
        targets = tuple((x + draw(st.floats(-99, 99)), y) for x, y in handles)
    return StartDrag(
        edit_id=draw(texts),
        revision=draw(st.integers(0, 2**40)),
        handle_points=handles,
        target_points=targets,
        config=config,
        preview_seconds=draw(st.floats(0, 60)),
        movable_mask=draw(st.none() | pixels(side=16, channels=1)),
        layer=draw(st.none() | pixels(side=16, channels=4)),
        live=live,
        frames=0 if live else draw(st.integers(0, 200)),
    )


@st.composite
def moves(draw: st.DrawFn) -> MoveTargets:
    handles = draw(
        st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=4, unique=True)
    )
    return MoveTargets(
        drag_id=draw(st.integers(1, 2**40)),
        number=draw(st.integers(1, 2**40)),
        handle_points=tuple(handles),
        target_points=tuple((draw(finite), draw(finite)) for _ in handles),
    )


@st.composite
def model_lists(draw: st.DrawFn) -> ModelList:
    models, available, any_picture = (
        tuple(draw(st.lists(values(ModelInfo), max_size=3)))
        for _ in ("installed", "to be had", "diffusion")
    )
    sheet = None
    if models and draw(st.booleans()):
        height = THUMBNAIL_SIDE * len(models)
        sheet = Pixels(THUMBNAIL_SIDE, height, 4, bytes([7]) * (THUMBNAIL_SIDE * height * 4))
    return ModelList(models, available, sheet, any_picture)


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    installed = tuple(draw(st.lists(values(InstalledModel), max_size=3)))
    available = tuple(draw(st.lists(values(AvailableModel), max_size=3)))
    sheet = None
    if installed and draw(st.booleans()):
        height = THUMBNAIL_SIDE * len(installed)
        sheet = Pixels(THUMBNAIL_SIDE, height, 4, bytes([7]) * (THUMBNAIL_SIDE * height * 4))
    return Catalogue(draw(texts), draw(st.integers(0, 2**50)), installed, available, sheet)


@st.composite
def histories(draw: st.DrawFn) -> History:
    drags = tuple(draw(st.lists(values(PastDrag), max_size=3)))
    height = THUMBNAIL_SIDE * (len(drags) + 1)
    sheet = Pixels(THUMBNAIL_SIDE, height, 4, bytes([7]) * (THUMBNAIL_SIDE * height * 4))
    return History(draw(st.integers(0, 3)), drags, sheet, draw(st.integers(0, 3)))


_BY_CLASS: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**63), 2**64 - 1),
    float: finite,
    str: texts,
    bool: st.booleans(),
    type(None): st.none(),
    Pixels: pixels(),
    SampleSource: samples,
    BlendSource: blends,
    DrawSamples: st.lists(
        st.builds(SampleSource, model=st.just("toy-lion"), seed=seeds), min_size=1, max_size=12
    ).map(lambda drawn: DrawSamples(tuple(drawn))),
    SamplesDrawn: sheets(),
    SavedState: st.builds(SavedState, text=texts, layer=st.none() | pixels(side=16, channels=4)),
    PhotoSource: st.builds(
        PhotoSource,
        model=texts,
        region=pixels(side=16, channels=4),
        quality=st.sampled_from(("fast", "normal", "best")),
        movable_mask=st.none() | pixels(side=16, channels=1),
        marks=st.none() | st.just(((2.0, 3.5), (9.0, 3.0), (6.0, 11.0))),
    ),
    Face: st.builds(
        Face,
        eyes=st.tuples(*[st.tuples(finite, finite)] * 2),
        mouth=st.tuples(finite, finite),
        precision=st.lists(finite, min_size=36, max_size=36).map(tuple),
    ),
    StartDrag: drags(),
    MoveTargets: moves(),
    ModelList: model_lists(),
    Catalogue: catalogues(),
    History: histories(),
    GoToDrag: st.builds(
        GoToDrag,
        edit_id=texts,
        revision=st.integers(0, 2**40),
        position=st.integers(0, 100),
        layer=st.none() | pixels(side=16, channels=4),
    ),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values that a field with this type hint may have."""
    if hint in _BY_CLASS:
        return _BY_CLASS[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin is types.UnionType:
        return st.one_of(*map(values, arguments))
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, arguments))
    hints = typing.get_type_hints(hint)
    return st.builds(
        hint,
        **{
            field.name: long_texts if field.name == "saved_state" else values(hints[field.name])
            for field in dataclasses.fields(hint)
        },
    )


requests = st.one_of(*map(values, typing.get_args(Request)))
events = st.one_of(*map(values, typing.get_args(Event)))

json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
        | st.fixed_dictionaries({"frame": st.integers(-1, 3)})
    ),
    max_leaves=8,
)
"""What a foreign header or document may hold in place of anything."""
