"""What a model may be called: its name is a file's too, on whatever system."""

from __future__ import annotations

import re
import unicodedata

from draggan_server.models.errors import InstallError

MAX_NAME_BYTES = 200
"""File systems take names of 255 bytes; endings are added."""

_FORBIDDEN = '<>:"/\\|?*'
_JOINERS = "\u200c\u200d"  # invisible, but needed in some scripts
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def check_name(name: str) -> str:
    """The name as it is kept (Unicode NFC). Raises `InstallError` for one that makes no file name.

    What any of the common systems forbids is forbidden, so that a models folder can be carried
    from one to another.
    """
    name = unicodedata.normalize("NFC", name)
    if (
        not name
        or name != name.strip()
        or name.startswith((".", "-"))
        or name.endswith(".")
        or any(
            letter in _FORBIDDEN
            or (unicodedata.category(letter) in ("Cc", "Cf", "Cs") and letter not in _JOINERS)
            for letter in name
        )
        or _DEVICES.fullmatch(name)
        or len(name.encode(errors="replace")) > MAX_NAME_BYTES
    ):
        raise InstallError(
            "{name} cannot be a model's name. Give letters of any language, digits, spaces and "
            "signs except {forbidden}, not beginning with a dot or a hyphen, at most {most} bytes: "
            "--name NAME",
            name=f"{name!r:.100}",
            forbidden=" ".join(_FORBIDDEN),
            most=MAX_NAME_BYTES,
        )
    return name
