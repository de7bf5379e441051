"""The parts of the DragGAN plug-in for GIMP 3, one noun each.

`points`, `view` and `drawing` are plain Python and know nothing of GIMP; the others are a thin
shell around GIMP's and GTK's objects.
"""
