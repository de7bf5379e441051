"""What a broker and its bridge to a Ray cluster tell each other by JSON. Knows no Ray."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Orders:
    """What the bridge is to do: at which cluster, for how many workers, with which part of a node
    for each. `label` begins the names of this broker's actors; `make_engine` see `actor.Actor`. A
    cluster whose head does not answer within `head_seconds` is lost."""

    address: str
    workers: int
    cpus: float
    gpus: float
    label: str
    make_engine: str
    head_seconds: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """What a cluster has, and the address of its dashboard, empty where there is none."""

    cpus: float
    gpus: float
    nodes: int
    dashboard: str
