"""DragGAN's daemon: broker, workers, drag engine, and the wire that hosts speak."""

__version__ = "0.1.0"
