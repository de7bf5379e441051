"""Says the name of the cursor that an X screen shows. It is run where the hosts are, by their
Python, which has no other way to ask: `source` is the program."""

from __future__ import annotations

SOURCE = """
import ctypes

class Image(ctypes.Structure):
    _fields_ = [(name, ctypes.c_short) for name in ("x", "y", "width", "height", "left", "top")]
    _fields_ += [("serial", ctypes.c_ulong), ("pixels", ctypes.c_void_p)]
    _fields_ += [("atom", ctypes.c_ulong), ("name", ctypes.c_char_p)]

x11, fixes = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXfixes.so.3")
x11.XOpenDisplay.restype = ctypes.c_void_p
fixes.XFixesGetCursorImage.restype = ctypes.POINTER(Image)
fixes.XFixesGetCursorImage.argtypes = [ctypes.c_void_p]
display = ctypes.c_void_p(x11.XOpenDisplay(None))
one = ctypes.c_int()
fixes.XFixesQueryExtension(display, ctypes.byref(one), ctypes.byref(one))
print(fixes.XFixesGetCursorImage(display).contents.name.decode())
"""
