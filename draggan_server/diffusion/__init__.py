"""DragDiffusion (arXiv 2306.14435): drags of any picture, by a diffusion model of diffusers.

What a state keeps of a picture is its clean latent z_0, `[channels, height * width]`, in the place
of a generator's w+: `DiffusionModel` shows it, so that layers, history and composition work as they
do for generators. A drag takes z_0 up to noise (`schedule`), moves the noisy latent
(`method`, by `motion` on `features`) and takes it down again (`reference`).

A model that is told by a text is told an empty one (`prompt`).

Importing this package imports no diffusers: `loading` does, when a model is loaded.
"""
