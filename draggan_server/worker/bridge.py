"""The process between a broker and a Ray cluster. The broker starts it and writes an invitation for
each of its workers to its standard input.

    python -m draggan_server.worker.bridge look ADDRESS
    python -m draggan_server.worker.bridge serve ORDERS

`look` prints what the cluster has, as JSON. `serve` does for each worker what the broker says, by
an actor with its name: it hires the actor, brings it models, carries words and events there and
back, and hires another one where it is lost. That this is a process of its own keeps Ray, which may
end a process that has lost its cluster, out of the broker.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import json
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ray
import zmq
import zmq.asyncio
from ray.exceptions import (
    NodeDiedError,
    ObjectLostError,
    ObjectStoreFullError,
    OutOfDiskError,
    OutOfMemoryError,
    RayActorError,
    RayError,
    RayTaskError,
)

from draggan_server import __version__
from draggan_server.log_file import log_to_file
from draggan_server.wire.codec import Envelope
from draggan_server.wire.json_record import from_document, parse
from draggan_server.worker.actor import Actor, Introduction, Parts
from draggan_server.worker.bringing import Bringing, Lost
from draggan_server.worker.channel import WORKER_NAME, Invitation, connected
from draggan_server.worker.messages import (
    WORKER_CODEC,
    ActorLost,
    ActorReady,
    EndActor,
    LossSeen,
    Task,
)
from draggan_server.worker.ray_orders import Cluster, Orders

logger = logging.getLogger(__name__)

NAMESPACE = "draggan"

_THREADS = {
    "say": "said",
    "fetch": "fetched",
    "has_model": "models",
    "take_model": "models",
    "has_learned": "models",
    "take_learned": "models",
}
_PAUSE_SECONDS = 1.0
_HEAD_SEEN_SECONDS = 2.0
_LEAVE_SECONDS = 4.0  # less than the broker waits
_FULL_TIMES = 20


_LOST = (
    Lost,
    RayActorError,
    RayTaskError,
    OutOfMemoryError,  # Ray ends the hungriest where a node's memory runs out
    NodeDiedError,
    ObjectLostError,  # what it said lay on a node that has died
    OutOfDiskError,
)
"""What says that an actor is lost; where Ray raises something else, the cluster is."""


def look(address: str) -> Cluster:
    """What the cluster has. Raises `ConnectionError` where there is none."""
    context = _join(address)
    found = ray.cluster_resources()
    nodes = sum(node["Alive"] for node in ray.nodes())
    cluster = Cluster(
        found.get("CPU", 0.0), found.get("GPU", 0.0), nodes, context.dashboard_url or ""
    )
    ray.shutdown()
    return cluster


def _join(address: str) -> Any:
    return ray.init(
        address=address, namespace=NAMESPACE, log_to_driver=False, logging_level=logging.WARNING
    )


class _Bridged:
    """One of the broker's workers."""

    def __init__(self, orders: Orders, number: int, socket: zmq.asyncio.Socket) -> None:
        self._orders = orders
        self._name = f"{orders.label}-{number + 1}"
        self._socket = socket
        self._actor: Any = None

    async def serve(self) -> None:
        """Until cancelled."""
        while True:
            try:
                async with self._hired() as introduction:
                    await self._tell(ActorReady(introduction.node, introduction.pid))
                    await self._carry()
            except _LOST as error:
                reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
                logger.warning("actor %s is lost: %s", self._name, error)
            await self._tell(ActorLost(f"was lost ({reason:.200})"))
            while not isinstance(WORKER_CODEC.decode(await self._hear()).message, LossSeen):
                pass
            await asyncio.sleep(_PAUSE_SECONDS)

    @contextlib.asynccontextmanager
    async def _hired(self) -> AsyncIterator[Introduction]:
        """An actor that is ready; one with its name, left by a bridge that was killed, is ended."""
        self.end_actor()
        await asyncio.to_thread(_end_actor_named, self._name)
        try:
            self._actor = await self._hire()
            introduction = await self._actor.introduce.remote()
            if introduction.version != __version__:
                raise Lost(
                    f"its node has DragGAN {introduction.version}, the broker {__version__}: "
                    "install the same release on all of them"
                )
            yield introduction
        finally:
            self.end_actor()

    async def _hire(self) -> Any:
        """Ray starts it when the cluster has room for it, and may enlarge the cluster for it."""
        hired = ray.remote(concurrency_groups=dict.fromkeys(_THREADS.values(), 1))(Actor)
        options = {
            "name": self._name,
            "lifetime": "detached",
            "num_cpus": self._orders.cpus,
            "num_gpus": self._orders.gpus,
            "max_restarts": 0,
        }
        for _ in range(20):
            try:
                return await asyncio.to_thread(
                    hired.options(**options).remote, self._orders.make_engine, self._name
                )
            except ValueError:  # the name is taken still by one that is being ended
                await asyncio.sleep(0.25)
        raise Lost(f"another actor has the name {self._name}")

    async def _carry(self) -> None:
        """Words there and events back, until one of both ways is at its end."""
        ways = [asyncio.create_task(self._words()), asyncio.create_task(self._events())]
        try:
            await asyncio.gather(*ways)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _words(self) -> None:
        number = 0
        bringing = Bringing(self._call, self._name)
        while True:
            parts = await self._hear()
            message = WORKER_CODEC.decode(parts).message
            if isinstance(message, EndActor):
                raise Lost("was ended because it did not obey")
            if isinstance(message, Task):
                await bringing.bring(message)
            number += 1
            await self._call("say", number, parts)

    async def _events(self) -> None:
        last = 0
        while True:
            events: list[tuple[int, Parts]] = await self._call("fetch", last)
            for number, parts in events:
                if number != last + 1:
                    raise Lost(f"event {number} came after {last}")
                last = number
                await self._socket.send_multipart(parts)

    async def _call(self, method: str, *values: Any) -> Any:
        """In the actor's thread for this method; again and again for a while where the cluster's
        object store is full, since no method minds to be called twice."""
        call = getattr(self._actor, method).options(concurrency_group=_THREADS[method])
        for _ in range(_FULL_TIMES):
            try:
                return await call.remote(*values)
            except ObjectStoreFullError as error:
                logger.warning("the cluster's object store is full: %s", error)
                await asyncio.sleep(_PAUSE_SECONDS)
        raise Lost("the cluster's object store is full")

    async def _hear(self) -> Parts:
        parts: Parts = await self._socket.recv_multipart()
        return parts

    async def _tell(self, message: Any) -> None:
        await self._socket.send_multipart(WORKER_CODEC.encode(Envelope(message, WORKER_NAME)))

    def end_actor(self) -> None:
        actor, self._actor = self._actor, None
        if actor is not None:
            with contextlib.suppress(RayError, ValueError):
                ray.kill(actor)

    async def actor_has_ended(self) -> None:
        """Wait until the cluster knows. `ray.kill` only sends word, which is lost where this
        process ends right behind it."""
        while await asyncio.to_thread(_actor_named, self._name) is not None:
            await asyncio.sleep(0.05)


def _actor_named(name: str) -> Any:
    """The actor with a name, None where there is none."""
    try:
        return ray.get_actor(name)
    except ValueError:
        return None


def _end_actor_named(name: str) -> None:
    actor = _actor_named(name)
    if actor is not None:
        ray.kill(actor)


async def _watch_head(seconds: float) -> None:
    """Raises `TimeoutError`, or what Ray does, where the head is not there any more. What else is
    asked of it waits without end then, now and then."""
    while True:
        await asyncio.wait_for(asyncio.to_thread(ray.nodes), seconds)
        await asyncio.sleep(_HEAD_SEEN_SECONDS)


async def serve(orders: Orders, invitations: list[Invitation]) -> None:
    """Serve the workers until the broker has ended. Raises what the loss of the cluster raises."""
    context = zmq.asyncio.Context(io_threads=1)
    workers = [
        _Bridged(orders, number, connected(context, invitation))
        for number, invitation in enumerate(invitations)
    ]
    serving = asyncio.gather(
        _watch_head(orders.head_seconds), *(worker.serve() for worker in workers)
    )
    await asyncio.wait((serving, _end_of_broker()), return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        serving.result()
    for worker in workers:
        worker.end_actor()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(
            asyncio.gather(*(worker.actor_has_ended() for worker in workers)), _LEAVE_SECONDS
        )


def _end_of_broker() -> asyncio.Future[None]:
    """Done when the other end of standard input closes, which it does however the broker ends."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        loop.call_soon_threadsafe(ended.set_result, None)

    threading.Thread(target=wait, daemon=True).start()
    return ended


async def _serve_and_exit(orders: Orders, invitations: list[Invitation]) -> None:
    """Ends this process at once: threads may wait for a head that is gone."""
    try:
        _join(orders.address)
        await serve(orders, invitations)
    except Exception:
        logger.exception("the bridge to Ray failed")
        os._exit(1)
    os._exit(0)


def main(what: str, given: str) -> None:
    if what == "look":
        print(json.dumps(asdict(look(given))))
        return
    orders = from_document(Orders, parse(given.encode()))
    lines = [sys.stdin.buffer.readline() for _ in range(orders.workers)]
    invitations = [Invitation.from_line(line) for line in lines]
    log_to_file(Path(invitations[0].log_file))
    asyncio.run(_serve_and_exit(orders, invitations))


if __name__ == "__main__":
    faulthandler.enable()
    main(*sys.argv[1:])
