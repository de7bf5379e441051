"""An X screen with a touch screen and a pen, which Xvfb has not.

It is Xorg with a card that shows nothing (`dummy`) and devices that say what they are told by a
socket (`inputtest`, in xserver-xorg-core): what the X server and the host hear of them comes as
from real ones. A scenario inside a host holds them, so this has the standard library only.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.hosts.display import Command, served

_SIZE = (1440, 900)
_LAYOUT = """\
Section "ServerFlags"
  Option "AutoAddDevices" "false"
  Option "AutoAddGPU" "false"
EndSection
Section "Device"
  Identifier "card"
  Driver "dummy"
  VideoRam 16384
EndSection
Section "Monitor"
  Identifier "monitor"
  HorizSync 5-1000
  VertRefresh 5-200
  Modeline "{width}x{height}" 106.50 1440 1528 1672 1904 900 903 909 934
EndSection
Section "Screen"
  Identifier "screen"
  Device "card"
  Monitor "monitor"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Modes "{width}x{height}"
    Virtual {width} {height}
  EndSubSection
EndSection
Section "InputDevice"
  Identifier "fingers"
  Driver "inputtest"
  Option "DeviceType" "Touch"
  Option "SocketPath" "{fingers}"
EndSection
Section "InputDevice"
  Identifier "stylus"
  Driver "inputtest"
  Option "DeviceType" "PointerAbsoluteProximity"
  Option "PointerHasPressure" "true"
  Option "SocketPath" "{pen}"
EndSection
Section "InputDevice"
  Identifier "keys"
  Driver "inputtest"
  Option "DeviceType" "Keyboard"
  Option "SocketPath" "{keys}"
EndSection
Section "ServerLayout"
  Identifier "layout"
  Screen "screen"
  InputDevice "stylus" "CorePointer"
  InputDevice "keys" "CoreKeyboard"
  InputDevice "fingers" "SendCoreEvents"
EndSection
"""

Position = tuple[float, float]
"""(x, y) on the screen."""


@dataclass(frozen=True)
class TouchScreen:
    """`name` is what DISPLAY has to say; the paths are those of the devices' sockets."""

    name: str
    fingers: Path
    pen: Path


@contextlib.contextmanager
def touch_screen(command: Command, folder: Path) -> Iterator[TouchScreen]:
    """Such a screen with openbox. Its sockets are in `folder`, which the hosts' system sees at this
    path; that has to be short. Raises `RuntimeError` where it does not start."""
    paths = {name: folder / name for name in ("fingers", "pen", "keys")}
    layout = folder / "xorg.conf"
    width, height = _SIZE
    layout.write_text(_LAYOUT.format(width=width, height=height, **paths))
    said = ("-logfile", str(folder / "xorg.log"))
    xorg = ["Xorg", "-config", str(layout), *said, "-noreset", "-novtswitch", "-sharevts"]
    with served(command, xorg) as name:
        yield TouchScreen(name, paths["fingers"], paths["pen"])


class Device:
    """Tells a device what it is to say; the X server has said it when a method returns. The
    messages are those of xf86-input-inputtest-protocol.h, version 1."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._say(_CLIENT_VERSION, struct.pack("=HH", 1, 0))

    def __enter__(self) -> Device:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def touch(self, finger: int, kind: int, place: Position) -> None:
        """A finger comes (`DOWN`), moves or goes there."""
        self._say(_TOUCH, struct.pack("=II", finger, kind) + _valuators(place))
        self._sync()

    def near(self, there: bool, place: Position) -> None:
        """A pen comes near the screen, or leaves it."""
        self._say(_PROXIMITY, struct.pack("=II", there, 0) + _valuators(place))
        self._sync()

    def move(self, place: Position, pressure: float = 0.0) -> None:
        """The pen moves there, and presses so much of all that it can."""
        self._say(_MOTION, struct.pack("=II", 1, 0) + _valuators(place, pressure))
        self._sync()

    def tip(self, down: bool, place: Position, pressure: float) -> None:
        """The pen's tip comes down on the screen, or leaves it."""
        head = struct.pack("=iiIi", 1, 1, down, 0)
        self._say(_BUTTON, head + _valuators(place, pressure))
        self._sync()

    def _say(self, kind: int, body: bytes) -> None:
        self._socket.sendall(struct.pack("=II", 8 + len(body), kind) + body)
        if kind == _CLIENT_VERSION:
            self._hear()

    def _sync(self) -> None:
        self._say(_WAIT_FOR_SYNC, b"")
        self._hear()

    def _hear(self) -> None:
        (length,) = struct.unpack("=I", self._socket.recv(4, socket.MSG_WAITALL))
        self._socket.recv(length - 4, socket.MSG_WAITALL)


DOWN, MOVE, UP = 18, 19, 20  # XI_TouchBegin, XI_TouchUpdate, XI_TouchEnd
_CLIENT_VERSION, _WAIT_FOR_SYNC, _MOTION, _PROXIMITY, _BUTTON = range(5)
_TOUCH = 6
_VALUATORS = 64
_MOST = 65535  # of an axis


def _valuators(place: Position, pressure: float | None = None) -> bytes:
    """At the middle of the screen's pixel."""
    values = [0.0] * _VALUATORS
    values[:2] = ((at + 0.5) * _MOST / side for at, side in zip(place, _SIZE, strict=True))
    mask = 0b00011
    if pressure is not None:
        values[4], mask = pressure * _MOST, 0b10011
    told = struct.pack(f"={_VALUATORS}d", *values)
    return struct.pack("=I8B4x", 0, mask, *[0] * 7) + told + told
