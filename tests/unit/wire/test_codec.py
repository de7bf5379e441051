"""The codec: what goes in comes out, and nothing that comes in does harm."""

from __future__ import annotations

import math
import typing
from collections.abc import Callable, Iterator
from typing import Any

import msgpack
import msgpack.fallback
import pytest
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.wire import codec
from draggan_server.wire.codec import (
    EVENT_CODEC,
    MAX_HEADER_BYTES,
    MAX_PARTS,
    REQUEST_CODEC,
    Codec,
    Envelope,
    read_header,
)
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput, DragganError, ProtocolError
from draggan_server.wire.messages import (
    CancelDrag,
    Done,
    DragFinished,
    DragProgress,
    EditOpened,
    Event,
    Failure,
    Hello,
    ListModels,
    ModelInfo,
    ModelList,
    OpenEdit,
    Ping,
    Pixels,
    Pong,
    Request,
    SampleSource,
    SavedState,
    Shutdown,
    StartDrag,
    Welcome,
)
from draggan_server.wire.versions import PROTOCOL_VERSION, THIS_SIDE
from tests.unit.wire import examples

numbers = st.integers(0, 2**63 - 1)
names = st.text("a-é漢", min_size=1, max_size=64)
DRAG = StartDrag(
    edit_id="e",
    revision=0,
    handle_points=((1.0, 2.0),),
    target_points=((3.0, 4.0),),
    movable_mask=Pixels(16, 16, 1, b"\1" * 256),
    layer=Pixels(16, 16, 4, bytes(1024)),
)


def header_of(message: Any, **changes: Any) -> dict[str, Any]:
    chosen = EVENT_CODEC if isinstance(message, Event) else REQUEST_CODEC
    parts = chosen.encode(Envelope(message, "me", id=1))
    return {**msgpack.unpackb(parts[0]), **changes}


def decode(document: object, *frames: bytes, using: Codec = REQUEST_CODEC) -> Any:
    return using.decode([msgpack.packb(document), *frames]).message


class TestRoundTrip:
    @given(examples.requests, names, numbers, numbers, numbers)
    def test_requests_come_back_equal(
        self, message: Any, client: str, number: int, parent: int, seq: int
    ) -> None:
        envelope = Envelope(message, client, number, parent, seq)
        assert REQUEST_CODEC.decode(REQUEST_CODEC.encode(envelope)) == envelope

    @given(examples.events, names, numbers)
    def test_events_come_back_equal(self, message: Any, client: str, parent: int) -> None:
        envelope = Envelope(message, client, parent=parent, seq=1)
        assert EVENT_CODEC.decode(EVENT_CODEC.encode(envelope)) == envelope

    @pytest.mark.parametrize("cls", typing.get_args(Request))
    def test_an_event_codec_knows_no_request(self, cls: type) -> None:
        with pytest.raises(ProtocolError, match="Unknown message"):
            decode(header_of(Ping(), type=cls.__name__), using=EVENT_CODEC)

    @pytest.mark.parametrize("cls", typing.get_args(Event))
    def test_a_request_codec_knows_no_event(self, cls: type) -> None:
        with pytest.raises(ProtocolError, match="Unknown message"):
            decode(header_of(Ping(), type=cls.__name__))

    def test_images_and_long_texts_travel_as_frames(self) -> None:
        picture = Pixels(16, 16, 4, bytes(range(256)) * 4)
        state = "s" * 20_000
        parts = EVENT_CODEC.encode(Envelope(EditOpened("e", 0, "m", state, picture), "me"))
        assert parts[1:] == [state.encode(), picture.data]
        assert len(parts[0]) < 300

    def test_short_texts_stay_in_the_header(self) -> None:
        parts = REQUEST_CODEC.encode(Envelope(OpenEdit(SavedState("s" * 4000)), "me", id=1))
        assert len(parts) == 1

    def test_a_whole_number_will_do_where_a_float_is_meant(self) -> None:
        document = header_of(DragProgress(1, 2, ((1.0, 2.0),), (False,), 3.0, 4.0))
        document["body"]["loss"] = 4
        message = decode(document, using=EVENT_CODEC)
        assert type(message.loss) is float


def outcome(action: Callable[[], object]) -> object:
    """The result, or the error if it is one of ours; any other fails the test."""
    try:
        return action()
    except DragganError as error:
        return error


@pytest.fixture(params=["extension", "pure"], scope="class")
def _unpacker(request: pytest.FixtureRequest) -> Iterator[None]:
    """Both of msgpack's unpackers: hosts may have only the pure one."""
    if request.param == "pure":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(codec.msgpack, "unpackb", msgpack.fallback.unpackb)
            yield
    else:
        yield


@pytest.mark.usefixtures("_unpacker")
class TestHarmfulInput:
    @given(st.lists(st.binary(max_size=200), max_size=10))
    def test_random_bytes_are_a_protocol_error(self, parts: list[bytes]) -> None:
        assert isinstance(outcome(lambda: REQUEST_CODEC.decode(parts)), ProtocolError)

    @given(examples.requests, st.data())
    def test_a_valid_message_with_any_value_replaced(
        self, message: Any, data: st.DataObject
    ) -> None:
        head, *frames = REQUEST_CODEC.encode(Envelope(message, "me", id=1))
        document = msgpack.unpackb(head)
        place = data.draw(st.sampled_from(list(_places(document))))
        _replace(document, place, data.draw(examples.json_like | st.binary(max_size=5)))
        packed = msgpack.packb(document)
        result = outcome(lambda: REQUEST_CODEC.decode([packed, *frames]))
        assert isinstance(result, Envelope | ProtocolError | BadInput)

    @given(examples.requests, st.data())
    def test_a_valid_message_with_any_bytes_changed(
        self, message: Any, data: st.DataObject
    ) -> None:
        parts = REQUEST_CODEC.encode(Envelope(message, "me", id=1))
        number = data.draw(st.integers(0, len(parts) - 1))
        start = data.draw(st.integers(0, len(parts[number])))
        cut = data.draw(st.integers(0, 4))
        part = parts[number]
        parts[number] = part[:start] + data.draw(st.binary(max_size=4)) + part[start + cut :]
        outcome(lambda: REQUEST_CODEC.decode(parts))

    @given(st.permutations([0, 1, 2, 2]), st.integers(0, 4))
    def test_frames_out_of_place_give_the_message_or_an_error(
        self, order: list[int], kept: int
    ) -> None:
        parts = REQUEST_CODEC.encode(Envelope(DRAG, "me", id=1))
        chosen = [parts[number] for number in order][:kept]
        result = outcome(lambda: REQUEST_CODEC.decode(chosen))
        assert isinstance(result, DragganError) or result == Envelope(DRAG, "me", id=1)

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    @pytest.mark.parametrize("field", ["handle_points", "preview_seconds", "config"])
    def test_numbers_that_are_not_finite(self, field: str, value: float) -> None:
        document = header_of(DRAG)
        replaced = {"handle_points": [[value, 1.0]], "preview_seconds": value}
        if field == "config":
            document["body"]["config"]["mask_weight"] = value
        else:
            document["body"][field] = replaced[field]
        with pytest.raises(ProtocolError, match="not a finite number"):
            decode(document, *REQUEST_CODEC.encode(Envelope(DRAG, "me"))[1:])

    def test_a_number_that_is_not_finite_is_not_sent_either(self) -> None:
        progress = DragProgress(1, 2, ((1.0, 2.0),), (False,), math.nan, 0.0)
        with pytest.raises(ProtocolError, match=r"DragProgress\.mean_distance is nan"):
            EVENT_CODEC.encode(Envelope(progress, "me"))

    def test_a_value_out_of_range_is_bad_input(self) -> None:
        document = header_of(OpenEdit(SampleSource("m", 1)))
        document["body"]["source"]["seed"] = -1
        with pytest.raises(BadInput, match="The seed is -1"):
            decode(document)

    @pytest.mark.parametrize(
        "source", [None, [], {}, {"kind": "sketch"}, {"kind": ["sample"]}, {"text": "{}"}]
    )
    def test_a_source_of_an_unknown_kind(self, source: object) -> None:
        document = header_of(OpenEdit(SavedState("{}")))
        document["body"]["source"] = source
        with pytest.raises(ProtocolError, match=r"known are sample, blend, saved-state, photo"):
            decode(document)

    def test_what_one_kind_has_is_unknown_of_the_other(self) -> None:
        document = header_of(OpenEdit(SampleSource("m", 1)))
        document["body"]["source"]["text"] = "{}"
        with pytest.raises(ProtocolError, match=r"unknown fields: \['text'\]"):
            decode(document)

    def test_what_a_method_has_not_is_refused(self) -> None:
        document = header_of(DRAG)
        frames = REQUEST_CODEC.encode(Envelope(DRAG, "me"))[1:]
        assert document["body"]["config"]["kind"] == "newton"
        document["body"]["config"]["r2"] = 12.0
        with pytest.raises(ProtocolError, match=r"config has unknown fields: \['r2'\]"):
            decode(document, *frames)
        document["body"]["config"]["kind"] = "draggan"
        assert decode(document, *frames).config == drag_config("draggan", r2=12.0)

    def test_a_word_that_is_none_of_those_that_may_stand_there(self) -> None:
        finished = DragFinished(
            "e", 1, 2, "arrived", 0.5, 0.5, ((1.0, 2.0),), "s", Pixels(1, 1, 4, b"abcd")
        )
        document = header_of(finished)
        document["body"]["reason"] = "bored"
        frames = EVENT_CODEC.encode(Envelope(finished, "me"))[1:]
        with pytest.raises(ProtocolError, match=r"reason is 'bored'; it is one of arrived,"):
            decode(document, *frames, using=EVENT_CODEC)
        major, minor = PROTOCOL_VERSION
        newer = {**document, "version": [major, minor + 1]}  # may know more of them
        assert decode(newer, *frames, using=EVENT_CODEC).reason == "bored"

    def test_a_truth_value_is_no_number(self) -> None:
        document = header_of(CancelDrag(1))
        document["body"]["drag_id"] = True
        with pytest.raises(ProtocolError, match="not a whole number"):
            decode(document)

    def test_a_missing_field_is_named(self) -> None:
        document = header_of(CancelDrag(1))
        del document["body"]["drag_id"]
        with pytest.raises(ProtocolError, match="drag_id"):
            decode(document)

    def test_a_missing_field_with_a_default_takes_it(self) -> None:
        document = header_of(CancelDrag(1))
        del document["body"]["keep"]
        assert decode(document) == CancelDrag(1, keep=False)

    def test_nesting_without_end_is_refused(self) -> None:
        deep = b"\x81\xa1a" * 20_000 + b"\xc0"
        with pytest.raises(ProtocolError):
            REQUEST_CODEC.decode([deep])

    def test_an_announced_array_that_is_not_there(self) -> None:
        with pytest.raises(ProtocolError):
            REQUEST_CODEC.decode([b"\xdd\xff\xff\xff\xff"])


def _places(value: object, path: tuple[Any, ...] = ()) -> typing.Iterator[tuple[Any, ...]]:
    pairs: typing.Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        yield (*path, key)
        yield from _places(inner, (*path, key))


def _replace(document: Any, place: tuple[Any, ...], value: object) -> None:
    for key in place[:-1]:
        document = document[key]
    document[place[-1]] = value


class TestLimits:
    def test_too_many_parts_are_refused(self) -> None:
        with pytest.raises(ProtocolError, match="frames"):
            read_header([b""] * (MAX_PARTS + 1))

    def test_a_header_too_long_to_be_read(self) -> None:
        with pytest.raises(ProtocolError, match=str(MAX_HEADER_BYTES)):
            read_header([bytes(MAX_HEADER_BYTES + 1)])

    def test_a_header_too_long_to_be_sent(self) -> None:
        models = tuple(ModelInfo(f"m{n}", "x" * 100, 1, 1, "MIT") for n in range(1000))
        with pytest.raises(ProtocolError, match=str(MAX_HEADER_BYTES)):
            EVENT_CODEC.encode(Envelope(ModelList(models), "me"))

    def test_an_image_too_large_to_be_sent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(codec, "MAX_FRAME_BYTES", 1023)
        with pytest.raises(BadInput, match="16 x 16 pixels is too large"):
            REQUEST_CODEC.encode(Envelope(DRAG, "me"))

    def test_a_lone_surrogate_is_refused(self) -> None:
        with pytest.raises(ProtocolError):
            REQUEST_CODEC.encode(Envelope(OpenEdit(SampleSource("\udcff", 1)), "me"))
        with pytest.raises(ProtocolError):
            REQUEST_CODEC.encode(Envelope(OpenEdit(SavedState("\udcff" * 5000)), "me"))

    def test_a_message_of_the_other_direction(self) -> None:
        with pytest.raises(ProtocolError, match="Pong"):
            REQUEST_CODEC.encode(Envelope(Pong(), "me"))


class TestVersions:
    major, minor = PROTOCOL_VERSION

    @pytest.mark.parametrize("version", [[major - 1, 9], [major + 1, 0]])
    def test_another_major_is_refused_with_what_to_do(self, version: list[int]) -> None:
        old = version[0] < self.major
        with pytest.raises(ProtocolError, match="plugins install" if old else "draggan stop"):
            decode(header_of(ListModels(), version=version))
        with pytest.raises(ProtocolError, match="too old" if old else "too new"):
            decode(header_of(ModelList(()), version=version), using=EVENT_CODEC)

    @pytest.mark.parametrize("version", [(0, 1), (major + 1, 3)])
    def test_what_never_changes_is_read_from_every_version(self, version: tuple[int, int]) -> None:
        for message in (Hello(THIS_SIDE), Ping(), Shutdown()):
            parts = REQUEST_CODEC.encode(Envelope(message, "me", id=1), version)
            assert read_header(parts).version == version
            assert REQUEST_CODEC.decode(parts).message == message
        for event in (Welcome(THIS_SIDE), Pong(), Done(), Failure("a", "b")):
            parts = EVENT_CODEC.encode(Envelope(event, "me", parent=1), version)
            assert EVENT_CODEC.decode(parts).message == event

    def test_a_hello_of_the_future_may_bring_more(self) -> None:
        document = header_of(Hello(THIS_SIDE), version=[self.major + 1, 0], later=1)
        document["body"]["later"] = document["body"]["client"]["later"] = 1
        assert decode(document) == Hello(THIS_SIDE)

    def test_a_newer_minor_may_bring_unknown_fields(self) -> None:
        document = header_of(CancelDrag(1), version=[self.major, self.minor + 1], later="x")
        document["body"]["later"] = [1]
        assert decode(document) == CancelDrag(1)

    def test_the_same_minor_may_not(self) -> None:
        document = header_of(CancelDrag(1))
        document["body"]["later"] = [1]
        with pytest.raises(ProtocolError, match=r"CancelDrag has unknown fields: \['later'\]"):
            decode(document)
        with pytest.raises(ProtocolError, match="unknown keys"):
            decode(header_of(Ping(), later="x"))

    @pytest.mark.parametrize("version", [None, [1], [1, 0, 0], ["1", "0"], [True, 0], [-1, 0], {}])
    def test_a_version_that_is_none(self, version: object) -> None:
        with pytest.raises(ProtocolError, match="version"):
            decode(header_of(Ping(), version=version))

    def test_who_sent_it_is_known_even_if_the_message_is_bad(self) -> None:
        document = header_of(Failure("a", "b"), parent=7)
        document["body"] = {"code": 1}
        assert read_header([msgpack.packb(document)]).parent == 7
