"""The evaluation's own eye: reads landmarks and parameters from pictures of the toy lion."""
