"""The toy lion: the procedural character that the default model is fitted to.

- `parameters` says what can vary, and how a latent z becomes parameters;
- `shapes` and `geometry` are the lion as signed distances, `renderer` draws it;
- `landmarks` says where nose, chin, lips, eyes, ears and mane are in the picture, exactly, and
  whether they are seen; `outlines` where lids and cheeks end;
- `recipe` makes a model of it: `pictures` renders, `fit` fits a generator in stages, `sharpening`
  is the last of them, `held_out` judges it by group of parameters, `export` writes the file.

All of it needs the extra `recipe` (numba).
README.md says how it is done, and how to fit a character of your own.
"""
