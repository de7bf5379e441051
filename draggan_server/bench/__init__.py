"""Measures drags on models: what a picture shows after a drag, not what the tracker says of it.

Needs the extra `bench`. Nothing here is used by the daemon.
"""
