"""What the commands can be asked to measure. Needs nothing, so that they can say it at once."""

from __future__ import annotations

from draggan_server.wire.drag_config import MASK_TERMS

DRAG_KINDS = ("landmarks", "reconstruction", "consistency", "success", "ways", "photos")
WAY_SUBJECTS = ("nose", "chin", "ears", "mane", "muzzle")
STATISTICS = ("psi1", "psi0.7", "rotated", "wide-z")
"""How the ways' lions are drawn: as the model is; truncated; w in other units; z of 512 numbers."""
MASKS = ("none", *MASK_TERMS)
RESOLUTIONS = (4, 8, 16, 32, 64, 128, 256, 512, 1024)
LIGHT_EFFECTS = ("grain", "jpeg", "tint", "vignette", "blur", "placed")
HEAVY_EFFECTS = ("hat", "background", "perspective", "small", "long")
"""What a photo may have: the first alone, these beside all of the first."""
USUAL_PHOTO_KINDS = ("own", "unseen", "photo")
PHOTO_KINDS = (*USUAL_PHOTO_KINDS, *LIGHT_EFFECTS, *HEAVY_EFFECTS)
MARKED = "-marked"
"""After a quality: eyes and mouth are clicked."""
INVERSIONS = ("fast", "normal", "best", f"fast{MARKED}", f"normal{MARKED}", "projection", "pti")
