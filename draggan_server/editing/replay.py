"""Work that a GPU does over and over with other numbers: recorded once, then replayed at once.

A step of a drag is some thousand small operations. To launch them one by one takes a GPU longer
than to do them. CUDA can record them as a graph and launch that as one. What is replayed are the
operations alone, on the same memory: Python is not run again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

import torch

logger = logging.getLogger(__name__)

T = TypeVar("T")

WARM_UPS = 2
"""Times that work is done before it is recorded, so that libraries have chosen their kernels, and
tensors that are made once and kept are there."""


class Recorder(Protocol):
    """Records work."""

    def record(self, work: Callable[[], T]) -> tuple[T, Callable[[], None]]:
        """What `work` gives, and what does it again, into the same memory.

        Raises `RuntimeError` for work that asks the device for a number on the way.
        """


class CudaRecorder:
    """Records on a CUDA device: NVIDIA's, or AMD's under the same name."""

    def record(self, work: Callable[[], T]) -> tuple[T, Callable[[], None]]:
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM_UPS):
                work()
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            made = work()
        graph.replay()
        return made, graph.replay


def recorder_of(device: torch.device) -> Recorder | None:
    """None for devices that record nothing."""
    return CudaRecorder() if device.type == "cuda" else None


class Replayed(Generic[T]):
    """A function of tensors that keep their shapes, replayed from the second call on.

    What a call gives is in memory that the next call writes to.
    """

    def __init__(self, function: Callable[..., T], recorder: Recorder) -> None:
        self._function = function
        self._recorder = recorder
        self._given: Sequence[torch.Tensor] = ()
        self._made: T | None = None
        self._again: Callable[[], None] | None = None

    def __call__(self, *given: torch.Tensor) -> T:
        """Raises `RuntimeError` where the first call could not be recorded."""
        if self._again is None:
            self._given = [tensor.clone() for tensor in given]
            self._made, self._again = self._recorder.record(lambda: self._function(*self._given))
        else:
            for kept, tensor in zip(self._given, given, strict=True):
                kept.copy_(tensor)
            self._again()
        assert self._made is not None
        return self._made
