"""Readers of checkpoint files. None of them executes what a file carries.

    description = inspect(path)                # what it is, what is in it
    description = convert(source, destination) # into our own format, which workers open
    convert_tensors(source, destination, shapes, card)  # tensors of any other network

They need no torch, and parse what is not our own format in a child process with limits.
"""

from stylegan2.checkpoints.conversion import convert, convert_tensors, inspect
from stylegan2.checkpoints.description import Description

__all__ = ["Description", "convert", "convert_tensors", "inspect"]
