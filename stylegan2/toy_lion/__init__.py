"""The toy lion: the procedural character that the default model is fitted to.

`parameters` says what can vary and how a latent z becomes parameters; `renderer` draws them;
`landmarks` says where nose, chin, eyes, ears and mane are in the picture, exactly. All of it needs
the extra `recipe` (numba).
"""
