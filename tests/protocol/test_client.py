"""The client on its own thread: heartbeats, silence, callbacks, bad events, and `DragJob`."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import deque
from typing import Any

import msgpack
import pytest

from draggan_server.wire.client import ANSWER_SECONDS, PING_SECONDS, SILENCE_SECONDS, Client
from draggan_server.wire.codec import EVENT_CODEC, Envelope, read_header
from draggan_server.wire.errors import DaemonUnreachable, OutOfMemory, ProtocolError
from draggan_server.wire.messages import (
    Done,
    DragCancelled,
    DragFinished,
    Failure,
    GetStatus,
    ListModels,
    ModelList,
    OpenEdit,
    OpenProgress,
    PhotoSource,
    Ping,
    Pong,
    SavedState,
)
from draggan_server.worker.messages import (
    GrantPreview,
    JobFailed,
    JobOpening,
    JobProgress,
    StopJob,
)
from tests.protocol.linked import (
    PICTURE,
    PROGRESS,
    SAMPLE,
    House,
    Inbox,
    LinkedTransport,
    drag_of,
    finished,
    open_edit,
    opened,
)

WITH_PREVIEW = dataclasses.replace(PROGRESS, preview=PICTURE)


def transport_of(house: House) -> LinkedTransport:
    return house.transports[b"route 0"]


def types_sent(house: House) -> list[str]:
    return [read_header(parts).type for parts in transport_of(house).sent]


class TestHeartbeat:
    def test_pings_only_while_something_is_awaited(self, house: House) -> None:
        client = house.client()
        house.now += 100
        client.pump()
        assert types_sent(house) == []
        Inbox(client, OpenEdit(SAMPLE))
        for _ in range(10):
            house.now += PING_SECONDS / 2
            client.pump()
        assert types_sent(house).count("Ping") in (5, 6)

    def test_silence_fails_every_open_request_once(self, house: House) -> None:
        client = house.client()
        transport_of(house).deaf = True
        inboxes = [Inbox(client, ListModels()), Inbox(client, OpenEdit(SAMPLE))]
        for _ in range(30):
            house.now += 1
            client.pump()
        for inbox in inboxes:
            (failure,) = inbox
            assert failure.code == "unreachable"
            assert f"{SILENCE_SECONDS:g} seconds" in failure.message
        assert client.lost is not None

    def test_a_host_that_was_blocked_does_not_lose_the_daemon(self, house: House) -> None:
        client = house.client()
        inbox = Inbox(client, OpenEdit(SAMPLE))
        house.now += 3
        client.pump()
        house.now += 100  # the pong waits to be read
        client.pump()
        assert (client.lost, inbox.last) == (None, None)

    def test_a_lost_connection_fails_what_is_open_and_what_comes(self, house: House) -> None:
        client = house.client()
        inbox = Inbox(client, OpenEdit(SAMPLE))
        transport_of(house).lost = "It is gone."
        assert inbox.last == Failure("unreachable", "It is gone.")
        later = Inbox(client, ListModels())
        assert len(later) == 0  # never from `send`
        assert later.last == Failure("unreachable", "It is gone.")

    def test_what_arrived_before_the_end_is_delivered(self, house: House) -> None:
        client = house.client()
        inbox = Inbox(client, ListModels())
        transport_of(house).lost = "It is gone."
        assert type(inbox.last).__name__ == "ModelList"
        assert len(inbox) == 1


class TestEvents:
    def test_a_callback_may_ask_and_pump(self, house: House) -> None:
        client = house.client()
        answers: list[Any] = []

        def ask_more(event: Any) -> None:
            answers.append(event)
            answers.append(client.ask(Ping()))

        client.send(Ping(), ask_more)
        client.pump()
        assert answers == [Pong(), Pong()]

    def test_a_callback_may_close(self, house: House) -> None:
        client = house.client()
        client.send(Ping(), lambda event: client.close())
        client.send(Ping(), lambda event: pytest.fail("nothing comes after close"))
        client.pump()
        client.pump()
        assert client.lost is not None

    def test_a_message_that_cannot_be_sent_leaves_nothing_open(self, house: House) -> None:
        client = house.client()
        with pytest.raises(ProtocolError):
            client.send(OpenEdit(SavedState("\udcff")), lambda event: pytest.fail("never"))
        transport_of(house).lost = "It is gone."
        client.pump()

    def test_the_iterator_yields_all_and_grants_previews(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        events = client.events(drag_of(edit.edit_id, preview_seconds=1.0))
        transport_of(house).wait = lambda seconds: house.say(JobProgress(2, WITH_PREVIEW))  # type: ignore[method-assign]
        assert next(events) == WITH_PREVIEW
        assert house.worker.told == []
        transport_of(house).wait = lambda seconds: house.say(finished(2))  # type: ignore[method-assign]
        assert [type(event) for event in events] == [DragFinished]
        assert house.worker.told == [GrantPreview(2)]

    def test_leaving_the_iterator_cancels_the_opening_of_a_photo(self, house: House) -> None:
        client = house.client()
        half = OpenProgress(0.5)
        transport_of(house).wait = lambda seconds: house.say(JobOpening(1, half))  # type: ignore[method-assign]
        for _ in client.events(OpenEdit(PhotoSource("lion", PICTURE))):
            break
        assert house.worker.told == [StopJob(1, keep=False)]

    def test_a_photo_is_opened_with_progress(self, house: House) -> None:
        client = house.client()
        seen: list[OpenProgress] = []
        shares = (OpenProgress(0.5), OpenProgress(1.0))
        events = deque([*(JobOpening(1, share) for share in shares), opened(1)])
        transport_of(house).wait = lambda seconds: house.say(events.popleft())  # type: ignore[method-assign]
        edit = client.open_photo(OpenEdit(PhotoSource("lion", PICTURE)), seen.append)
        assert [progress.share for progress in seen] == [0.5, 1.0]
        assert edit.saved_state == "state 0"

    def test_leaving_the_iterator_cancels_the_drag(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        transport_of(house).wait = lambda seconds: house.say(JobProgress(2, PROGRESS))  # type: ignore[method-assign]
        for _ in client.events(drag_of(edit.edit_id)):
            break
        assert house.worker.told == [StopJob(2, keep=False)]

    def test_an_interrupt_cancels_the_drag(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)

        def interrupt(seconds: float) -> None:
            raise KeyboardInterrupt

        transport_of(house).wait = interrupt  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            list(client.events(drag_of(edit.edit_id)))
        assert house.worker.told == [StopJob(2, keep=False)]

    def test_what_needs_a_worker_waits_for_its_turn(self, house: House) -> None:
        client, began = house.client(), house.now
        house.ready()
        Inbox(house.client(), OpenEdit(SAMPLE))

        def wait(seconds: float) -> None:
            house.pass_time(seconds)
            if len(house.worker.tasks) == 2:
                house.say(opened(house.worker.tasks[1].job))
            elif house.now - began > 2 * ANSWER_SECONDS:
                house.say(opened(house.worker.tasks[0].job))

        transport_of(house).wait = wait  # type: ignore[method-assign]
        assert client.ask(OpenEdit(SAMPLE)).saved_state == "state 0"

    def test_what_the_broker_does_by_itself_is_not_waited_for_so_long(self, house: House) -> None:
        client, began = house.client(), house.now
        transport_of(house).send = lambda parts: None  # type: ignore[method-assign]
        client._keep_alive = lambda: None  # type: ignore[method-assign]
        with pytest.raises(DaemonUnreachable, match=f"within {ANSWER_SECONDS:g} seconds"):
            client.ask(ListModels())
        assert house.now - began == pytest.approx(ANSWER_SECONDS, abs=1)

    def test_a_failure_is_raised_as_what_it_is(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        transport_of(house).wait = lambda seconds: house.say(JobFailed(2, "out-of-memory", "full"))  # type: ignore[method-assign]
        with pytest.raises(OutOfMemory, match="full"):
            client.ask(drag_of(edit.edit_id))

    def test_an_answer_to_something_else_is_refused(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        name = read_header(transport_of(house).sent[-1]).client

        def answer_with(event: Any) -> None:
            parts = EVENT_CODEC.encode(Envelope(event, name, parent=client._last_id, seq=99))
            transport_of(house).arrived.append(parts)

        transport_of(house).deaf = True
        transport_of(house).wait = lambda seconds: answer_with(Done())  # type: ignore[method-assign]
        with pytest.raises(ProtocolError, match="answered ListModels with Done"):
            client.ask(ListModels())
        transport_of(house).wait = lambda seconds: answer_with(  # type: ignore[method-assign]
            DragCancelled(edit.edit_id, 0)
        )
        client._last_seq = 0
        with pytest.raises(ProtocolError, match="answered StartDrag with DragCancelled"):
            client.drag(drag_of(edit.edit_id), lambda event: None)

    def test_a_drag_tells_every_step(self, house: House) -> None:
        client = house.client()
        edit = open_edit(house, client)
        said = iter([JobProgress(2, PROGRESS), JobProgress(2, PROGRESS), finished(2)])
        transport_of(house).wait = lambda seconds: house.say(next(said))  # type: ignore[method-assign]
        seen: list[Any] = []
        assert client.drag(drag_of(edit.edit_id), seen.append).steps == 5
        assert seen == [PROGRESS, PROGRESS]


class TestWith:
    def test_the_connection_is_closed(self, house: House) -> None:
        with contextlib.suppress(KeyboardInterrupt), house.client() as client:
            client.ask(Ping())
            raise KeyboardInterrupt
        assert client.lost == "The connection was closed."
        assert transport_of(house).lost == "closed"

    @pytest.mark.parametrize("error", [None, OutOfMemory("full"), KeyboardInterrupt()])
    def test_an_edit_is_closed_whatever_ends_it(
        self, house: House, error: BaseException | None
    ) -> None:
        client = house.client()
        transport_of(house).wait = lambda seconds: house.say(opened(1))  # type: ignore[method-assign]
        expected = contextlib.nullcontext() if error is None else pytest.raises(type(error))
        with expected, client.edit(OpenEdit(SAMPLE)):
            assert client.ask(GetStatus()).edits == 1
            if error is not None:
                raise error
        assert client.ask(GetStatus()).edits == 0

    def test_a_photo_may_take_longer_than_an_answer(self, house: House) -> None:
        client = house.client()
        events = deque([JobOpening(1, OpenProgress(0.5)), opened(1)])
        seen: list[object] = []

        def wait(seconds: float) -> None:
            for _ in range(9):
                house.now += 9.0
                client.pump()
            if events:  # the end of the edit is answered at once
                house.say(events.popleft())

        transport_of(house).wait = wait  # type: ignore[method-assign]
        with client.edit(OpenEdit(PhotoSource("lion", PICTURE)), seen.append) as edit:
            assert edit.saved_state == "state 0"
        assert seen == [OpenProgress(0.5)]

    def test_an_edit_whose_daemon_is_gone_tells_what_went_wrong(self, house: House) -> None:
        client = house.client()
        transport_of(house).wait = lambda seconds: house.say(opened(1))  # type: ignore[method-assign]

        def fail_without_a_daemon() -> None:
            transport_of(house).lost = "It is gone."
            raise OutOfMemory("full")

        with pytest.raises(OutOfMemory, match="full"), client.edit(OpenEdit(SAMPLE)):
            fail_without_a_daemon()


class TestBadEvents:
    def deliver(self, house: House, client: Client, parts: list[bytes]) -> None:
        transport_of(house).arrived.append(parts)
        client.pump()

    @pytest.mark.parametrize("parts", [[], [b"nonsense"], [b"\x80"] * 9])
    def test_garbage_fails_what_is_open(self, house: House, parts: list[bytes]) -> None:
        client = house.client()
        inbox = Inbox(client, OpenEdit(SAMPLE))
        self.deliver(house, client, parts)
        assert inbox.last.code == "protocol"

    def test_a_bad_event_fails_its_own_request(self, house: House) -> None:
        client = house.client()
        bad, good = (Inbox(client, OpenEdit(SAMPLE)) for _ in range(2))
        parts = EVENT_CODEC.encode(Envelope(Pong(), "me", parent=bad.id, seq=1))
        document = {**msgpack.unpackb(parts[0]), "type": "Nonsense"}
        self.deliver(house, client, [msgpack.packb(document)])
        assert bad.last.code == "protocol"
        assert good.last is None

    def test_another_protocol_says_what_to_do(self, house: House) -> None:
        client = house.client()
        inbox = Inbox(client, OpenEdit(SAMPLE))
        parts = EVENT_CODEC.encode(Envelope(ModelList(()), "me", parent=1, seq=1))
        document = {**msgpack.unpackb(parts[0]), "version": [1, 2]}
        self.deliver(house, client, [msgpack.packb(document)])
        assert "draggan stop" in inbox.last.message

    def test_an_event_that_comes_twice_is_taken_once(self, house: House) -> None:
        client = house.client()
        inbox = Inbox(client, drag_of(open_edit(house, client).edit_id))
        house.say(JobProgress(2, PROGRESS))
        transport_of(house).arrived.append(transport_of(house).arrived[-1])
        client.pump()
        assert inbox == [PROGRESS]

    def test_events_of_nobody_s_request(self, house: House) -> None:
        client = house.client()
        name = read_header(self._request_of(house, client)).client
        self.deliver(house, client, EVENT_CODEC.encode(Envelope(Pong(), name, parent=77, seq=99)))
        assert client.lost is None

    def _request_of(self, house: House, client: Client) -> list[bytes]:
        client.ask(Ping())
        return transport_of(house).sent[-1]
