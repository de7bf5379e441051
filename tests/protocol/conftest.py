"""What many of these tests begin with."""

from __future__ import annotations

import pytest

from tests.protocol.linked import House


@pytest.fixture
def house() -> House:
    """A broker whose worker is ready, linked without sockets."""
    house = House()
    house.ready()
    return house
