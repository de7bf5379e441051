"""Many pictures by one call: a file of lines, each one a command, done by the daemon's workers."""

from draggan_server.batch.line import LineResult
from draggan_server.batch.run import run_batch

__all__ = ["LineResult", "run_batch"]
