"""A layer and a picture that lies on it: what every generator shares, and no generator.

`placement` and `photo_placement` say where the picture lies, `compositing` puts its change onto the
layer, `resemblance` and `recognition` tell whether the layer still shows it. Pure torch.
"""
