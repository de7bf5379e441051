"""The parts of the DragGAN plug-in for GIMP 3, one noun each: a thin shell around GIMP's and GTK's
objects.
"""
