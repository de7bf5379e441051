"""What explains a button, a field, a procedure or its arguments."""

from __future__ import annotations

MODEL = "The model that draws the picture"
SEED = "Each seed is another picture, always the same one"
LIKE = "Shows pictures that are like the one that is picked"
BETWEEN = "Shows what lies between the two that were picked last"
SEEDS = "Shows one seed after the other again; scroll for more"
ANOTHER_SEED = "Another seed by chance"
TRUNCATION = "0: the model's average picture; 1: its full range; above: beyond what it has learnt"
NEW_PICTURE = (
    "Draw a picture on a new layer, or in a new image where none is open.\n"
    "Change a setting to see the picture here first."
)
METHOD_NEWTON = (
    "Each step brings the points as near as it can and changes the rest as little as it can. The "
    "one to begin with."
)
METHOD_DRAGGAN = (
    "The points are pushed a little at a time, as first published. Slow; for comparison, and where "
    "few steps go too far."
)
METHOD_FREEDRAG = (
    "Each point goes on only while it is surely found again. Slow; for points on even surfaces."
)
RESULT_NEW_LAYER = "The dragged picture goes on a new layer above, and the layer stays as it is"
RESULT_SAME_LAYER = (
    "The layer itself shows the dragged picture. Undo, or the pictures under History, bring back "
    "what it was."
)
RESULT_GROUP = (
    "A group holds the layer, the dragged picture above it, and the arrows of the drag on top. The "
    "next drag goes into the same group."
)
RESET = "Set the options to what they are at first"
MAX_STEPS = "The drag ends after so many steps, arrived or not"
EDIT_POINTS = (
    "Work on the canvas: press on what should move, and pull. With Shift, or where the picture "
    "does not follow, you set points: pull and let go; or click the one place, then the other.\n"
    "Drag a ring to move it; right-click or Delete removes its pair. Escape ends it."
)
FOLLOW = (
    "Press on the picture and pull: it follows at once. Let go to keep what it has become; Escape, "
    "or the right button, takes it back.\nWith Shift, or off: set points, then press Start."
)
CANNOT_FOLLOW = (
    "This picture's model changes any picture, and takes too long to follow the mouse: set points, "
    "then press Start."
)
IN_IMAGE = "While the picture moves, show it in the image's own window as well"
CLEAR = "Remove all points of this layer"
PIN = (
    "Hold the point under the mouse, or the one set last, where it is: a drag leaves it there. "
    "Once more lets it go. The same by the key P; Ctrl and a click pin any place."
)
BRUSH = (
    "Paint what may move; the rest is held, to the pixel. It counts in the place of the selection. "
    "Ctrl erases; [ and ] change the size. Press it again, or Escape, to set points."
)
ALL_MAY = "Remove what was painted: then the selection counts, or else all of the picture may move"
ERASE = "Paint what is held. Where nothing is painted yet, all the rest may move."
FROM_MASK = "What is white in the layer's own mask may move; paint on from there"
INVERT = "What may move is held, and what is held may move"
BRUSH_SIZE = "How wide the brush is, in pixels of the picture. The same by the keys [ and ]."
FIRST_FRAME = "It shows the picture as it is"
LAST_FRAME = "It shows the dragged picture. At first: the frames chosen to be played, or a second."
ANIMATE = (
    "Drag the points, and spread their way over these frames of a new layer, slow at both ends"
)
HARDNESS = "How much of the brush, in percent, paints wholly: from there it fades to its rim"
FIT = (
    "Show all of the picture. The same by the key 0; the wheel zooms at the mouse, Space and the "
    "left button, or the middle one, move the picture."
)
FULL = "Show each pixel of the layer by one of the screen, if that is more. The same by the key 1."
SNAP = (
    "Move the point under the mouse, or the one set last, to what stands out most near it, which "
    "is followed best. The same by the key S."
)
COMPARE = "Hold the button, or the key B, to see the picture as it was before the last drag"
SPLIT = (
    "See the picture before the last drag left of a line, and as it is now right of it. Pull the "
    "line, or move it by the arrow keys. The same by the key C; Escape ends it."
)
HISTORY = "The picture {moment}. Click it to go back there."
FROM_PATH = "Take the strokes of the selected path, each from its first to its last anchor"
TO_PATH = "Keep the points as a path, each from where it is to where it should go"
START = (
    "Drag the layer's points to their targets.\nWith a selection, only what is selected may change."
)
MARK = (
    "Show the model a face: click both eyes, then the middle of the mouth. Then the frame lies "
    "around it. The marks can be pulled; right-click on one to set them anew."
)
RECOGNISE = (
    "Have the model show what is in the frame, so that it can be dragged. The frame begins with "
    "what is selected, or else the whole layer: pull its handles, or its edge to move it. "
    "Right-click on it to begin anew.\n"
    "Nothing is changed on the layer."
)
DETAIL = (
    "Darken what the model does not show of the photo: it is kept as detail, and moves with what "
    "it lies on"
)
DOWNLOAD = "Download the model and install it. What has arrived stays when you stop it."
PREPARE = (
    "Learn beforehand what drags and photos need to know of the model. It may take long; you can "
    "draw and drag meanwhile, and stop it at any time."
)
REMOVE = "Delete the model's file"
ADD_FILE = (
    "Install a StyleGAN2 checkpoint: .pkl, .pt or .safetensors. Nothing in it is run. You can drop "
    "a file here, too."
)
FETCH_ADDRESS = (
    "Download a StyleGAN2 checkpoint from a web address and install it. Nothing in it is run. What "
    "it may be used for, you find out yourself."
)
PAUSE = "Stop here; what has arrived, or was learned, stays"
QUALITY = "How closely the model looks at a photo: Fast takes seconds, Best takes minutes"
STOP = "End it here and keep what was reached"
CANCEL = "End it and throw away what was reached"

HOW_TO_SET = (
    "Press on the picture where something is, and pull: it follows. With Shift you set points: "
    "pull and let go, or click the one place, then the other.\n\n"
    "The arrow keys move a point, too; right-click or Delete removes it."
)
HOW_TO_ONLY_SET = (
    "Press on the picture where something is, and pull to where it should go; or click the one "
    "place, then the other. Start drags the points.\n\n"
    "The arrow keys move a point, too; right-click or Delete removes it."
)
HELD = "What is selected. The dark part is held, to the pixel."
HELD_BY_BRUSH = "What is painted. The dark part is held, to the pixel."
NOT_HELD = (
    "The whole layer. Paint a part of it, or select one in the image, to hold the rest still."
)

# -- what GIMP's procedure browser shows

SAMPLE_BLURB = "Draw a picture by a model, ready to be dragged"
SAMPLE_HELP = (
    "Asks the DragGAN daemon for a picture and puts it on a new layer. The same model, seed and "
    "truncation give the same picture. The layer keeps what DragGAN needs to drag it, also in an "
    "XCF file."
)
DRAG_BLURB = "Drag points of a DragGAN picture to where they should be"
DRAG_HELP = (
    "Moves points of a layer made by DragGAN to their targets, and the picture follows. Only what "
    "is selected may change; without a selection, everything may. The result can be dragged on."
)
MODELS_BLURB = "See, download, add, prepare and remove the models that draw pictures"
MODELS_HELP = (
    "Shows the models that are on this computer and those that can be had, with their licences and "
    "sizes. A download that was stopped goes on later."
)
STATE_BLURB = "See whether DragGAN's daemon runs, what it does, and what is wrong"
STATE_HELP = (
    "Shows the daemon, the device and the memory that it uses, and what it is doing. Here it is "
    "started and restarted, and faults are looked for."
)
SEED_ARGUMENT = "Which picture: 0 to {most}"
TRUNCATION_ARGUMENT = "Variety: 0 is the model's average picture, 1 its full range (-2 to 2)"
MIXTURE_ARGUMENT = (
    "Seeds with their weights, 1 in all, such as 8:0.65, 33:0.35: what lies between them, in place "
    "of the seed; empty: the seed"
)
SAMPLE_MODEL_ARGUMENT = "Name of an installed model; empty: the default one"
DRAG_MODEL_ARGUMENT = "Name of the model that drew the layer, or that is to show it; empty: any"
POINTS_ARGUMENT = (
    "[[handle x, handle y, target x, target y], ...] in image coordinates as the Path tool shows "
    "them (the first pixel's centre is 0.5, 0.5); []: the strokes of the selected path, each from "
    "its first to its last anchor"
)
METHOD_ARGUMENT = "Name of the drag method"
RESULT_ARGUMENT = "Where the result goes: new-layer (above), same-layer, or group (with the arrows)"
INVERT_BLURB = "Have a model show a photo, so that it can be dragged"
INVERT_HELP = (
    "Has the model show what is selected of the layer, or all of it, and keeps with the layer what "
    "DragGAN needs to drag it. No pixel is changed."
)
INVERT_MODEL_ARGUMENT = "Name of the installed model that draws the same kind of thing"
FACE_ARGUMENT = (
    "Both eyes and the middle of the mouth, where several faces or much else are seen: "
    "[[eye x, eye y], [eye x, eye y], [mouth x, mouth y]] in image coordinates. Where nothing is "
    "selected, the model looks at what is around them"
)
QUALITY_ARGUMENT = "How closely the model looks: fast, normal or best"
HISTORY_BLURB = "Go back to an earlier drag of a picture, on a new layer"
HISTORY_HELP = (
    "Makes a new layer above, with the picture as it was after some of its drags. Those behind it "
    "stay until the next drag. plug-in-draggan-info tells which drags there are."
)
POSITION_ARGUMENT = "After how many of the drags: 0 is before the first one"
INFO_BLURB = "Tell what DragGAN knows of a layer"
INFO_HELP = (
    "Tells the model that drew the picture, its seed, how well a photo is shown, the drags that it "
    "has had, and the points that are kept with the layer. No daemon is needed."
)
ACCOUNT = (
    "JSON: known, model, sample (seed, truncation, mixture), photo (width, height, explained), "
    "drags (points, method, steps), position, forgotten, points (as plug-in-draggan-drag takes "
    "them)"
)
NEW_LAYER = "The layer that was made, or changed"
