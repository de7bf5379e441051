"""A link that takes its time: what arrives at a port is handed on later, in order, both ways.

python -m tests.benchmarks.delayed PORT TARGET_PORT SECONDS
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator

_CHUNK_BYTES = 1 << 16


@contextlib.contextmanager
def delayed_link(port: int, target: int, seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    """Within the `with`, from `port` to the port `target` of this machine, each way so late. While
    its process stands still, it is a network that is cut."""
    command = [sys.executable, "-m", __name__, str(port), str(target), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        try:
            yield process
        finally:
            process.kill()


async def _one_way(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
) -> None:
    loop = asyncio.get_running_loop()
    try:
        while chunk := await reader.read(_CHUNK_BYTES):
            loop.call_later(seconds, writer.write, chunk)
    except ConnectionError:
        pass
    loop.call_later(2 * seconds, writer.close)


async def _serve(port: int, target: int, seconds: float) -> None:
    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(_one_way(reader, here, seconds), _one_way(there, writer, seconds))

    server = await asyncio.start_server(carry, "127.0.0.1", port)
    print("there", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
