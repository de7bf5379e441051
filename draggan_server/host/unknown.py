"""A picture of which its document knows nothing, though the daemon may."""

from __future__ import annotations

from collections.abc import Callable

from draggan_server.host.sentences import refusals
from draggan_server.wire.errors import BadInput


class UnknownPicture(BadInput):
    """A layer could be dragged, but its document has no saved state for it.

    It may be a copy, or be opened from a file that keeps no states. The daemon is asked by
    `fingerprint()`, which is `Pixels.fingerprint` of what the layer shows; `keep` gets the state
    that it knows, to be kept with the layer if that is still there.
    """

    def __init__(
        self, name: str, fingerprint: Callable[[], str], keep: Callable[[str], None]
    ) -> None:
        super().__init__(refusals.NOT_KNOWN, name=name)
        self.fingerprint = fingerprint
        self.keep = keep
