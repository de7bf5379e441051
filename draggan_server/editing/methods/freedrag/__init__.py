"""FreeDrag (arXiv 2307.04684): the picture follows a template of each handle; none is tracked."""
