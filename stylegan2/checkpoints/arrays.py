"""Arrays as checkpoints describe them: a part of a storage, checked before anything looks at it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stylegan2.errors import CheckpointError

MAX_DIMENSIONS = 8
BFLOAT16 = "bfloat16"
"""The one type of weights that numpy has no name for."""

ITEM_SIZES = {
    "float16": 2,
    BFLOAT16: 2,
    "float32": 4,
    "float64": 8,
    "uint8": 1,
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "bool": 1,
}
_FLOATING = ("float16", BFLOAT16, "float32", "float64")


@dataclass(slots=True, eq=False)
class Storage:
    """`numel` items of one type. `data` comes later where the file keeps it after the pickle."""

    dtype: str
    numel: int
    data: memoryview | None = None

    def __post_init__(self) -> None:
        if type(self.numel) is not int or self.numel < 0:
            raise CheckpointError(
                "A storage is said to hold {count} items.", count=_plain(self.numel)
            )

    @property
    def size(self) -> int:
        """Bytes."""
        return self.numel * ITEM_SIZES[self.dtype]

    @property
    def is_floating(self) -> bool:
        return self.dtype in _FLOATING

    def fill(self, data: memoryview) -> None:
        if len(data) != self.size:
            raise CheckpointError(
                "A storage is said to hold {count} items of {kind}, which is "
                "{size} bytes, but the file has {there} for it.",
                count=self.numel,
                kind=self.dtype,
                size=self.size,
                there=len(data),
            )
        self.data = data


@dataclass(frozen=True, slots=True, eq=False)
class Array:
    """A view of a storage; `offset` and `strides` in items. No part of it lies beyond the storage,
    and it has no more items than that.
    """

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def __post_init__(self) -> None:
        for values in (self.shape, self.strides, (self.offset,)):
            if type(values) is not tuple or len(values) > MAX_DIMENSIONS:
                raise CheckpointError(
                    "An array has a shape or strides of {found}.", found=_plain(values)
                )
            if any(type(value) is not int or value < 0 for value in values):
                raise CheckpointError("An array has sizes that are no whole numbers from 0 on.")
        if len(self.shape) != len(self.strides):
            raise CheckpointError(
                "An array has {dimensions} dimensions but {strides} strides.",
                dimensions=len(self.shape),
                strides=len(self.strides),
            )
        last = self.offset + sum(
            (size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True)
        )
        numel = math.prod(self.shape)
        if numel and (last >= self.storage.numel or numel > self.storage.numel):
            raise CheckpointError(
                "An array of the shape {shape} reaches beyond its storage of "
                "{count} items: the file is damaged, or made to do harm.",
                shape=list(self.shape),
                count=self.storage.numel,
            )

    @classmethod
    def contiguous(
        cls, dtype: str, shape: Sequence[int], data: memoryview, *, fortran: bool = False
    ) -> Array:
        """All of `data`, with the last dimension the fastest, or the first (`fortran`)."""
        if len(shape) > MAX_DIMENSIONS or any(type(s) is not int or s < 0 for s in shape):
            raise CheckpointError("An array's shape is no short list of whole numbers from 0 on.")
        storage = Storage(dtype, math.prod(shape))
        storage.fill(data)
        strides, step = [], 1
        for size in shape if fortran else reversed(shape):
            strides.append(step)
            step *= size
        return cls(storage, 0, tuple(shape), tuple(strides if fortran else reversed(strides)))

    def numpy(self) -> npt.NDArray[np.floating]:
        """The values: a view of the file where numpy knows the type, else float32.

        Raises `CheckpointError` for types that are not floating point.
        """
        dtype, data = self.storage.dtype, self.storage.data
        if not self.storage.is_floating:
            raise CheckpointError(
                "An array holds {kind}; weights must be floating point.", kind=dtype
            )
        if data is None:
            raise CheckpointError("An array's storage is missing from the file.")
        stored = np.dtype("uint16" if dtype == BFLOAT16 else dtype).newbyteorder("<")
        if 0 in self.shape:
            return np.empty(self.shape, np.float32)
        view: npt.NDArray[np.floating] = np.ndarray(
            self.shape,
            stored,
            data,
            self.offset * stored.itemsize,
            tuple(stride * stored.itemsize for stride in self.strides),
        )
        if dtype == BFLOAT16:  # the upper half of a float32
            whole: npt.NDArray[np.uint32] = np.left_shift(view, 16, dtype=np.uint32)
            return whole.view(np.float32)
        return view


def _plain(value: object) -> str:
    """A value from the file that may be anything, briefly."""
    return str(value) if type(value) is int else type(value).__name__
