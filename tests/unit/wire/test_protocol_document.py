"""PROTOCOL.md says what the code does."""

from __future__ import annotations

import dataclasses
import re
import typing
from pathlib import Path

import pytest

from draggan_server.broker import answers, crew, dispatcher, errands, jobs, sessions, store, turns
from draggan_server.wire import client, codec, errors
from draggan_server.wire.drag_config import DIFFUSION_METHOD, METHODS, DragConfig, NewtonConfig
from draggan_server.wire.drag_record import (
    MAX_MASK_BYTES,
    MAX_MASK_SIDE,
    DragRecord,
    LatentChange,
    PackedMask,
)
from draggan_server.wire.face import Face
from draggan_server.wire.messages import (
    FINAL,
    LIVE_METHOD,
    MAX_THUMBNAILS,
    NEEDS,
    THUMBNAIL_SIDE,
    UNANSWERED,
    AvailableModel,
    BlendSource,
    DragFrame,
    DragProgress,
    Event,
    Grip,
    InstalledModel,
    LiveFrame,
    ModelInfo,
    ModelProgress,
    ModelStage,
    OpenProgress,
    PastDrag,
    PhotoSource,
    Pixels,
    Quality,
    Request,
    Resumed,
    SampleSource,
    SavedState,
    StopReason,
    WorkerState,
    WorkerStatus,
)
from draggan_server.wire.photo_original import MAX_ORIGINAL_BYTES, PhotoOriginal
from draggan_server.wire.photo_record import MAX_PHOTO_SIDE, PhotoRecord
from draggan_server.wire.sample_record import SampleRecord
from draggan_server.wire.state import (
    FORMAT,
    MAX_DRAGS,
    MAX_HISTORY_BYTES,
    MAX_STATE_CHARS,
    MAX_THUMBNAIL_SIDE,
    EditState,
    LayerThumbnail,
)
from draggan_server.wire.versions import (
    FEATURES,
    FOLLOWS_LOSSES,
    OLDEST_VERSION,
    PROTOCOL_VERSION,
    TIMELESS,
    Side,
)

TEXT = (Path(codec.__file__).parent / "PROTOCOL.md").read_text(encoding="utf-8")
CONFIGS = typing.get_args(DragConfig)
RECORDS = (
    Pixels,
    Side,
    SampleSource,
    BlendSource,
    SavedState,
    PhotoSource,
    *CONFIGS,
    ModelInfo,
    Face,
    InstalledModel,
    AvailableModel,
    PastDrag,
    WorkerStatus,
)
STATE_RECORDS = (
    EditState,
    SampleRecord,
    DragRecord,
    LatentChange,
    PackedMask,
    LayerThumbnail,
    PhotoRecord,
    PhotoOriginal,
)


def sections(chapter: str) -> dict[str, str]:
    """The third-level sections of a chapter by their headings."""
    (body,) = re.findall(rf"^## {chapter}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    parts = re.split(r"^### (\w+)\n", body, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def rows_of(section: str) -> list[tuple[str, str, str]]:
    """(field, type, default) of each row of the section's table of fields."""
    # The bars inside a type's backquotes are no borders of cells.
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| (?:`([^`]+)`)? ?\|", section, re.MULTILINE)
    assert len(rows) == len(re.findall(r"^\| `\w+` \| `", section, re.MULTILINE))
    return rows


def fields_of(cls: type) -> list[tuple[str, str, str]]:
    described = []
    for field in dataclasses.fields(cls):
        default = "" if field.default is dataclasses.MISSING else repr(field.default)
        if isinstance(field.default, NewtonConfig):
            default = "drag_config()"
        elif dataclasses.is_dataclass(field.default):
            default = f"{type(field.default).__name__}()"
        described.append((field.name, str(field.type), default))
    return described


@pytest.mark.parametrize(
    ("chapter", "classes"),
    [
        ("Requests", typing.get_args(Request)),
        ("Events", typing.get_args(Event)),
        ("Records", RECORDS),
        ("The saved state", STATE_RECORDS),
    ],
)
def test_the_document_has_all_messages_and_fields(chapter: str, classes: tuple[type, ...]) -> None:
    described = sections(chapter)
    assert list(described) == [cls.__name__ for cls in classes]
    for cls in classes:
        assert rows_of(described[cls.__name__]) == fields_of(cls), cls.__name__


def test_the_version_is_the_code_s() -> None:
    assert re.search(r"^Version (\d+)\.(\d+)\.", TEXT, re.MULTILINE)
    major, minor = re.findall(r"^Version (\d+)\.(\d+)\.", TEXT, re.MULTILINE)[0]
    assert (int(major), int(minor)) == PROTOCOL_VERSION
    assert f"from an oldest one on (now {OLDEST_VERSION[0]}.{OLDEST_VERSION[1]})" in TEXT
    (timeless,) = re.findall(r"\. ([^.]*) are read from every version", TEXT)
    assert set(re.findall(r"`(\w+)`", timeless)) == TIMELESS


def test_the_limits_are_the_code_s() -> None:
    limits = dict(re.findall(r"\(`([A-Z_]+)`\) \| (\d+) \|", TEXT))
    assert len(limits) == 5
    for name, value in limits.items():
        assert getattr(codec, name) == int(value), name


def test_the_keys_of_the_header_are_the_code_s() -> None:
    chapter = TEXT.partition("| key of the header")[2].partition("###")[0]
    keys = re.findall(r"^\| `(\w+)` \|", chapter, re.MULTILINE)
    fields = [field.name for field in dataclasses.fields(codec.Header)]
    assert keys == [name for name in fields if name != "frames"]


def test_the_error_codes_are_the_code_s() -> None:
    codes = re.findall(r"^\| `([a-z-]+)` \| \w", sections("Events")["Failure"], re.MULTILINE)
    assert codes == list(errors._BY_CODE)


def test_the_document_says_which_events_are_final() -> None:
    assert (
        "except `Resumed`, `DragProgress`, `LiveFrame`, `DragFrame`, `OpenProgress` and "
        "`ModelProgress`." in TEXT
    )
    under_way = {Resumed, DragFrame, DragProgress, LiveFrame, OpenProgress, ModelProgress}
    assert set(typing.get_args(Event)) - set(FINAL) == under_way
    *first, last = (f"`{request.__name__}`" for request in UNANSWERED)
    assert f"Every request except {', '.join(first)} and {last} is answered" in TEXT


def test_the_features_are_the_code_s() -> None:
    described = sections("Requests") | sections("Records")
    for part in (*typing.get_args(Request), *RECORDS):
        feature = NEEDS.get(part)
        named = re.findall(r"Needs the feature `([a-z-]+)`", described[part.__name__])
        assert named == [feature] * (feature is not None)
    assert set(NEEDS.values()) <= set(FEATURES)


def test_words_and_numbers_in_sentences() -> None:
    for words in (StopReason, Quality):
        *first, last = (f"`{word}`" for word in typing.get_args(words))
        assert f"{', '.join(first)} or {last}" in TEXT
    *first, last = (f"`{state}`" for state in typing.get_args(WorkerState))
    assert f"{', '.join(first)} or {last}" in TEXT
    *first, last = (f"`{stage}`" for stage in typing.get_args(ModelStage))
    assert f"{', '.join(first)} or {last}" in TEXT
    assert f"at most {errands.MAX_ERRANDS} at a\n  time" in TEXT
    *first, last = (f"`{grip}`" for grip in typing.get_args(Grip))
    assert f"{', '.join(first)} or {last}" in TEXT
    assert f"by the method `{LIVE_METHOD}`" in TEXT
    assert f"at most {turns.LIVE_IN_A_ROW} in a row" in TEXT
    assert f"has lost {jobs.MAX_LOSSES} workers" in TEXT
    assert f"the feature `{FOLLOWS_LOSSES}`" in TEXT
    assert f"`Ping` every {client.PING_SECONDS:g} seconds" in TEXT
    assert f"not heard for {sessions.SILENT_SECONDS:g} seconds" in TEXT
    assert f"unanswered for {client.SILENCE_SECONDS:g} seconds" in TEXT
    assert f"the last {answers.KEPT_ANSWERS} a client" in TEXT
    assert f"{answers.MAX_KEPT_BYTES >> 20} MiB in all" in TEXT
    assert f"wanted anything for {dispatcher.QUIET_SECONDS:g} seconds" in TEXT
    assert f"have {crew.MAX_JOBS_PER_CLIENT} requests waiting" in TEXT
    assert f"the newest {store.MAX_REVISIONS}" in TEXT
    assert [cls.KIND for cls in CONFIGS] == [*METHODS, DIFFUSION_METHOD]
    for cls in (SampleSource, SavedState, *CONFIGS):
        assert f"Its `kind` is `{cls.KIND}`" in sections("Records")[cls.__name__]
    assert f"squares of {THUMBNAIL_SIDE} x {THUMBNAIL_SIDE} RGBA" in TEXT
    assert f"left out above {MAX_THUMBNAILS} models" in TEXT


def test_limits_of_the_saved_state() -> None:
    assert f"at most {MAX_STATE_CHARS} characters (`MAX_STATE_CHARS`)" in TEXT
    assert f"which is the format, now {FORMAT}." in TEXT
    assert f"at most {MAX_DRAGS}, {MAX_HISTORY_BYTES >> 20} MiB in all" in TEXT
    assert f"0, before all drags, to {MAX_DRAGS}" in TEXT
    assert TEXT.count(f"1 to {MAX_MASK_SIDE}") == 2
    assert f"at most {MAX_MASK_BYTES} bytes" in TEXT
    assert f"of the photo, 1 to {MAX_PHOTO_SIDE}" in TEXT
    assert TEXT.count(f"| 1 to {MAX_THUMBNAIL_SIDE} |") == 2
    assert f"RGBA of 8 bits, at most {MAX_ORIGINAL_BYTES} bytes" in TEXT
