"""The parts of the DragGAN plug-in for GIMP 3, one noun each.

`points`, `pair_editor`, `view`, `markers` and `progress` are plain Python and know nothing of GIMP;
the others are a thin shell around GIMP's and GTK's objects.
"""
