"""What the bridge makes of what Ray raises. No cluster is needed for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

ray = pytest.importorskip("ray")

from ray import exceptions  # noqa: E402

from draggan_server.wire.codec import Envelope  # noqa: E402
from draggan_server.worker import bridge  # noqa: E402
from draggan_server.worker.channel import WORKER_NAME  # noqa: E402
from draggan_server.worker.messages import WORKER_CODEC, ActorLost, LossSeen  # noqa: E402
from draggan_server.worker.ray_orders import Orders  # noqa: E402

ORDERS = Orders("127.0.0.1:1", 1, 1.0, 0.0, "label", "module:engine", 5.0)


class Socket:
    """The broker's end, which has seen each loss at once."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    async def send_multipart(self, parts: list[bytes]) -> None:
        self.said.append(WORKER_CODEC.decode(parts).message)

    async def recv_multipart(self) -> list[bytes]:
        return WORKER_CODEC.encode(Envelope(LossSeen(), WORKER_NAME))


class Method:
    """An actor's, which raises `errors` one after the other, and then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def options(self, **_: object) -> Method:
        return self

    async def remote(self, value: str) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return f"done with {value}"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(bridge, "_end_actor_named", lambda _: None)


def bridged(socket: Socket) -> Any:
    return bridge._Bridged(ORDERS, 0, socket)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [
        exceptions.RayActorError(),
        exceptions.OutOfMemoryError("the node was low on memory"),
        exceptions.NodeDiedError("the node died"),
        exceptions.ObjectLostError("0" * 56, "owner", "stack"),
        exceptions.OutOfDiskError("no room"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_ends_an_actor_ends_no_other_one(error: Exception) -> None:
    socket = Socket()
    one = bridged(socket)
    hires = iter([error])

    async def hire() -> Any:
        raise next(hires, asyncio.CancelledError())

    one._hire = hire
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(one.serve())
    (lost,) = socket.said
    assert isinstance(lost, ActorLost)


def test_another_error_is_the_cluster_s() -> None:
    one = bridged(Socket())

    async def hire() -> Any:
        raise exceptions.RaySystemError("the head is gone")

    one._hire = hire
    with pytest.raises(exceptions.RaySystemError):
        asyncio.run(one.serve())


def test_a_full_object_store_is_waited_for() -> None:
    one = bridged(Socket())
    one._actor = type("Named", (), {"say": Method(*[exceptions.ObjectStoreFullError()] * 3)})
    assert asyncio.run(one._call("say", "it")) == "done with it"


def test_a_store_that_stays_full_costs_the_actor() -> None:
    one = bridged(Socket())
    one._actor = type("Named", (), {"say": Method(*[exceptions.ObjectStoreFullError()] * 99)})
    with pytest.raises(bridge.Lost, match="full"):
        asyncio.run(one._call("say", "it"))
