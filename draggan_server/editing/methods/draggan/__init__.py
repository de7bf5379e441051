"""DragGAN (arXiv 2305.10973): motion supervision and point tracking, a step of Adam at a time."""
