"""Checks of every link between a plug-in in its folder and the device that computes."""
