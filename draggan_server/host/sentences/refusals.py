"""What cannot be done, why, and what to do instead."""

from __future__ import annotations

from draggan_server.host.sentences.counted import Counted

# -- layers and documents

NOT_KNOWN = "DragGAN does not know the picture on the layer “{name}” yet: press Recognise first."
NO_DETAIL = (
    "The layer is no photo that a model has looked at: edit its points, and press Recognise."
)
MOVED = (
    "The picture on the layer “{name}” is not the one that was kept: set points anew, and it is "
    "looked for."
)
NO_SUCH_DRAG = "The drags of “{name}” have no such position: give one from 0 to {count}."
NO_QUALITY = "There is no quality “{quality}”: give one of {qualities}."
NO_MODEL_NAMED = (
    "DragGAN does not know the picture on the layer “{name}”: name the model that is to show it, "
    "in the argument 'model'."
)
NO_LAYER = "No layer is active: click the layer to be dragged in the Layers docker."
MANY_LAYERS = Counted(
    "{count} layer is selected: select the one to drag.",
    "{count} layers are selected: select the one to drag.",
)
CHANNEL = "“{name}” is a channel: select a layer instead."
NOT_RASTERIZED = (
    "“{name}” is drawn from a text, a link or a path, and has no pixels of its own: rasterize it "
    "in the menu of its layer, then drag."
)
GROUP = "“{name}” is a layer group: select a layer inside it."
WRONG_KIND = "“{name}” is no paint layer: choose a paint layer that DragGAN has made."
LOCKED = "“{name}” is locked: unlock it, then drag."
EMPTY_LAYER = "The layer “{name}” is empty: choose one with its picture on it."
LAYER_DELETED = "The layer was deleted: close this, and select another layer."
LAYER_REMOVED = "The layer “{name}” was removed, so the work on it was discarded."
DOCUMENT_CLOSED = "The document was closed, so the work on it was discarded."
IMAGE_CLOSED = "The image was closed meanwhile, so the result has no place to go."
CLOSED_BEFORE_PICTURE = "The document was closed before the picture was there: nothing was added."
NO_DOCUMENT = "There is no document: press New picture first."
INDEXED = (
    "The image has indexed colours, which cannot show the picture: change it by Image > Mode > RGB "
    "first."
)
NO_CONVERSION = "Krita cannot convert from {profile}: convert the image to sRGB."
TOO_LARGE = (
    "The picture is {width} x {height} pixels, more than the {most} megapixels that can be "
    "dragged: scale it down."
)
NOT_INSERTED = "GIMP did not take the new layer for “{step}”."
NEWER_NOTES = (
    "The document's DragGAN notes have format {found}, from a newer version; this one reads up to "
    "{known}. Update the plug-in."
)
DAMAGED_NOTES = (
    "The document's DragGAN notes are damaged ({error}), so its pictures cannot be dragged on: "
    "make a new picture."
)

# -- points, selection, model

NO_MASK = "This layer has no mask: give it one, or paint with the brush."
MASK_HOLDS_ALL = (
    "The layer's mask is black all over its picture, so nothing may change: make a part of it "
    "white."
)
SELECTION_MISSES = (
    "The selection does not touch the layer's picture, so nothing may change: select the part that "
    "may move, or select nothing to let the whole picture move."
)
NO_RESULT_PLACE = "There is no place “{place}” for a result: give one of {places}."
NO_FACE = (
    "Nobody knows where eyes and mouths lie in pictures of the model “{model}”. Pull the frame "
    "around what it is to show, or select it."
)
NO_FACE_GIVEN = (
    "“{face}” is no face. Give both eyes and the mouth as [[eye x, eye y], [eye x, eye y], "
    "[mouth x, mouth y]] in image coordinates."
)
FACE_OUTSIDE = "The face lies outside of the layer. Give its eyes and mouth in image coordinates."
FACE_OF_KNOWN = (
    "A model knows “{name}” already. A face says where it is to look in a photo that it does not "
    "know: give none."
)
NO_POINTS_SET = "This layer has no points: press Edit points, and set one."
NOTHING_PAINTED = "Nothing is painted on this layer: press Brush, and paint what may move."
NONE_PICKED = "No sample is picked: unfold Pick one, and click one."
NO_TWO_PICKED = "No two samples are picked: unfold Pick one, and click the one, then the other."
NO_FRAME = "No photo is framed: press Edit points, and click the layer of a photo."
NO_PATH = "No path is selected, or it has no stroke of two anchors or more."
NO_POINTS_GIVEN = (
    "There are no points: draw them with the Path tool (click the point, then where it should go; "
    "Shift+click begins the next pair), or give them in the argument 'points'."
)
HANDLE_OUTSIDE_LAYER = (
    "The handle of point {number} at ({x}, {y}) lies outside the layer, which reaches from "
    "({left}, {top}) to ({right}, {bottom}): move it inside."
)
TARGET_OUTSIDE_LAYER = (
    "The target of point {number} at ({x}, {y}) lies outside the layer, which reaches from "
    "({left}, {top}) to ({right}, {bottom}): move it inside."
)
POINTS_NO_JSON = "The points are not JSON ({error}). Give them as {shape} in image coordinates."
POINTS_NO_LIST = "The points are not a list. Give them as {shape} in image coordinates."
POINT_NO_ROW = (
    "Point {number} is not a list of four numbers. Give points as {shape} in image coordinates."
)
POINT_TOO_LARGE = (
    "Point {number} has a number that is too large. Give points as {shape} in image coordinates."
)
POINT_NOT_FINITE = (
    "Point {number} has a coordinate that is not a finite number. Give points as {shape} in image "
    "coordinates."
)
NO_MIXTURE = (
    "“{mixture}” is no mixture: give seeds with their weights, 1 in all, such as 8:0.65, 33:0.35."
)
OTHER_MODEL = (
    "“{name}” was drawn by the model “{drawn_by}”, so “{model}” cannot drag it: leave the model "
    "empty."
)
DRAWS_NONE = (
    "The model “{model}” draws no pictures: it changes those that there are. Choose another one "
    "for a new picture."
)
NO_MODEL = "No model is installed: install DragGAN again, which brings one with it."

ONLY_A_DIALOG = "This shows a dialog and does nothing without: scripts call `draggan models`."

# -- drags and faults

DRAG_UNDER_WAY = "A drag is under way: stop or cancel it first."
NO_RANGE = "The last frame, {last}, does not come after the first, {first}: choose a later one."
LONG_RANGE = "These are {count} frames; a drag is spread over {most} at most: choose fewer."
NO_DRAG = "No drag is under way."
NOTHING_TO_STOP = "No step of a drag is done yet that could be kept."
NO_DRAG_BEFORE = "No drag has just made this layer, so there is nothing to compare it with."
NO_EARLIER = (
    "The docker shows no earlier picture of this layer: press Edit points to look for them."
)
NO_LATER = "The docker shows no later picture of this layer: press Edit points to look for them."
OUT_OF_TURN = "The daemon sent {event} out of turn: stop it (draggan stop) and try again."
FAULT = "Something went wrong inside the DragGAN plug-in ({error}); {log} says more."
