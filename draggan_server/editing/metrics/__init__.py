"""Picture metrics that come with the program: that of the default model."""
