"""Products with a matrix that stays the same, packed once for the processor's kernels.

A step of a drag multiplies a few dozen rows with matrices of megabytes; re-arranging each matrix on
every call then costs as much as the product. oneDNN's prepacked linear layer, which torch has for
its own compiler, runs such products 1.3 to 2 times as fast as `linear` (measured on one core of an
AMD EPYC: 96 against 60 GFLOP/s for 81 rows). Where torch offers none the plain product is used.
"""

from __future__ import annotations

import logging
from functools import lru_cache

import torch
from torch.nn import functional

logger = logging.getLogger(__name__)


class PackedMatrix:
    """weight [N, K], ready for x [M, K] -> x @ weight.T [M, N] with M about `rows`."""

    def __init__(self, weight: torch.Tensor, rows: int) -> None:
        self._plain: torch.Tensor | None = None
        if _can_pack(weight):
            self._packed = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), rows)
        else:
            self._plain = weight

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        if self._plain is not None:
            return functional.linear(x, self._plain)
        product: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
            x, self._packed, None, "none", [], ""
        )
        return product


def _can_pack(weight: torch.Tensor) -> bool:
    return weight.device.type == "cpu" and weight.dtype == torch.float32 and _packing_works()


@lru_cache(maxsize=1)
def _packing_works() -> bool:
    """Whether this torch has the packed product and gives the right answer with it."""
    weight, x = torch.arange(6.0).view(2, 3), torch.arange(12.0).view(4, 3)
    try:
        packed = torch.ops.mkldnn._reorder_linear_weight(weight, len(x))
        product = torch.ops.mkldnn._linear_pointwise(x, packed, None, "none", [], "")
    except (AttributeError, RuntimeError) as error:
        # The operators belong to torch's own compiler and are promised to nobody.
        logger.info("matrices are not packed, drags take longer: %s", error)
        return False
    return torch.equal(product, functional.linear(x, weight))
