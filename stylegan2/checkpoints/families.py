"""Networks of other families than StyleGAN2, known by name."""

from __future__ import annotations

from typing import Any

from stylegan2.checkpoints.networks import Network, generators_in
from stylegan2.checkpoints.nvlabs import is_nvlabs_generator
from stylegan2.checkpoints.rosinality import is_rosinality_generator

_MOST_KEYS = 5000
_PARTS = (
    ("to_style1.", "a network of lucidrains' stylegan2_pytorch"),
    ("progression.", "StyleGAN1"),
    ("synthesis.input.", "StyleGAN3"),
    ("backbone.", "EG3D"),
)


def other_family(root: Any) -> str | None:
    """What is no StyleGAN2 generator; None where there is one, or nothing is known of it.

    Raises `CheckpointError`.
    """
    networks = [network for _, network in generators_in(root)]
    if any(
        is_nvlabs_generator(network) or is_rosinality_generator(network) for network in networks
    ):
        return None
    keys = {key for network in networks for key in network.tensors} | _table_keys(root)
    for part, family in _PARTS:
        if any(part in key for key in keys):
            return family
    return next(map(_by_class, filter(lambda network: network.class_name, networks)), None)


def _by_class(network: Network) -> str:
    return f"a network of the class {str(network.class_name)[:60]!r}"


def _table_keys(root: Any) -> set[str]:
    """The names in the tables of a file, wherever its writer put them."""
    tables = (root, *list(root.values())[:_MOST_KEYS]) if type(root) is dict else ()
    return {
        key
        for table in tables
        if type(table) is dict
        for key in list(table)[:_MOST_KEYS]
        if type(key) is str
    }
