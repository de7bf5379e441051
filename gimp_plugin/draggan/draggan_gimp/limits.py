"""Limits of this plug-in's own arguments."""

MAX_SEED = 2**31 - 1
"""GIMP's whole numbers end here; the wire would take twice as many seeds."""
