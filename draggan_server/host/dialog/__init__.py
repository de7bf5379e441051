"""An editor that shows the layer to be dragged in a dialog of its own, as GIMP's plug-in does."""
