"""Layers of an editor whose documents keep notes of them, and whose layers move with their pixels.

Krita's are of this kind: what its plug-in does with them, beyond asking and telling Krita, is here.
"""
