"""Which devices say at once what a tensor holds."""

from __future__ import annotations

import torch


def come_at_once(tensor: torch.Tensor) -> bool:
    """Whether asking for the numbers costs nothing. A GPU would have to be waited for, and work
    that asks it for a number cannot be recorded."""
    return tensor.device.type == "cpu"
