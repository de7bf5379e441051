"""Features of the generator's picture, as motion supervision and point tracking read them.

A `FeatureSource` looks at a latent and gives a `View` of it; methods see fields and gradients, and
not whether the whole map was computed (`maps`) or only windows of it about the handles (`windows`).

A `View` gives the gradient of one loss. `pyramid` looks at several blocks at once and gives the
gradients of many readings apart; there is one such view, and the method that needs it (`newton`)
knows it by its class.
"""

from draggan_server.editing.features.field import FeatureField, MapField, WindowField
from draggan_server.editing.features.maps import MapSource, MapView
from draggan_server.editing.features.source import source_of
from draggan_server.editing.features.view import FeatureSource, View
from draggan_server.editing.features.windows import WindowSource, WindowView

__all__ = [
    "FeatureField",
    "FeatureSource",
    "MapField",
    "MapSource",
    "MapView",
    "View",
    "WindowField",
    "WindowSource",
    "WindowView",
    "source_of",
]
