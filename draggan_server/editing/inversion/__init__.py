"""Photos explained by a generator: placement, tone and latent, and what is left as detail.

See README.md for the model and how it is fitted.
"""
