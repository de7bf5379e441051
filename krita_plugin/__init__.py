"""The Krita plug-in's sources, as they are installed into Krita's data folder."""
