"""What goes on, how it ended, and what can be done next."""

from __future__ import annotations

from draggan_server.host.sentences.counted import Counted

# -- what goes on

LOOKING_FOR_DAEMON = "Looking for the DragGAN daemon…"
STARTING_DAEMON = "Starting the DragGAN daemon…"
LOOKING_FOR_STATE = "Looking whether DragGAN made this picture…"
LOADING_MODEL = "Loading the model…"
SEEING = "The model looks at the picture…"
SEEING_SHARE = "Looking at the picture: {percent}%"
PREPARING_MODEL = "Preparing the model…"
PREPARING = "Preparing the model, once: {percent}%"
DRAWING = "Drawing the picture…"
DRAGGING = "Dragging…"
STEP = "Step {step}: {distance} px to go"
TO_GO = "{distance} px to go"
RESUMED = "The process that computed was lost. Another one goes on…"
FOLLOWING = "The picture follows the hand. Let go to keep it; Escape takes it back."
SETTLING = "Refining the picture…"
NOTHING_TO_HOLD = "Nothing to hold here: press on a feature."
HOLD_IS_LOST = "The point is lost: pull back."
OF_SEED = "Seed {seed}"
OF_SEEDS = "{percent}% of seed {seed}, and others: {others}"
STOPPING = "Stopping…"

# -- what can be done

SPLIT = "Left of the line: before the last drag. Right of it: as it is now."
DETAIL = "Dark: what the model does not show. It is kept, and moves with what it lies on."
FIRST = "Draw a new picture, set points on it, and press Start."
HOW_TO_PULL = (
    "Press on what should move, and pull: the picture follows. Right-click or Delete on a ring "
    "removes its pair; wheel, Space and middle button move the canvas."
)
HOW_TO_EDIT = (
    "Press on what should move and drag to where it should go; or click the one, then the other. "
    "Start moves the picture. Right-click or Delete on a ring removes its pair; wheel, Space and "
    "middle button move the canvas."
)
CLICK_TARGET = "Now click where it should go. A click on the same place, or Escape, gives it up."
PICTURE_IS_THERE = "“{name}” is there: set points on it."
PATH_MADE = "The points are a path now: it is selected, and the Path tool (B) changes it."
NOTHING_STANDS_OUT = "Nothing stands out near this point: it stays where it is."
POINT_IS_HELD = (
    "Point {number} begins in the dark part, where nothing may change: move it, or select that "
    "part too."
)
CLOSE_QUESTION = "Close without dragging?"
POINTS_STAY = "The points stay with the layer and come back next time."
START_TO_GO_ON = "Press Start to go on."
START_TO_TRY_AGAIN = "Press Start to try again."
NEW_PICTURE_TO_TRY_AGAIN = "Press New picture to try again."
SETTING_TO_TRY_AGAIN = "Change a setting to try again."
DRAG_ON = "Move the targets to drag on. Edit > Undo takes the result back."

# -- models that are there and that can be had

LIES_IN = "It lies in {path}"
LICENCE_TEXT = "The licence's text: {address}"
ARRIVED_SO_FAR = "{arrived} of {total} are there already."
PLACE = "Your models lie in {folder}. They take {room}; {space} are free."
BEGINNING = "Beginning…"
INSTALLING = "Installing…"
DOWNLOADING = "{arrived} of {total}"
LEARNING_DRAGS = "Learning for drags: {percent}%"
LEARNING_PHOTOS = "Learning for photos: {percent}%"
WITH_TIME_LEFT = "{label}, {left}"
MODEL_READY = "“{name}” is installed: you find it among the models of a new picture."
MODEL_PREPARED = "“{name}” is prepared: its first drags and photos are as good as the last."
MODEL_STOPPED = "Stopped. What has arrived, or was learned, stays: go on when you like."
MODEL_REMOVED = "“{name}” is removed."
REMOVE_QUESTION = "This deletes “{name}” from the disk. Press once more to do it."
TRUSTED = (
    "Nobody has published what its file's SHA-256 should be, so it was taken on trust; from now on "
    "that address must give the same file."
)

# -- how well a model shows a photo

CHOOSE_MODEL = (
    "DragGAN does not know the picture on “{name}” yet. Choose a model that draws the same kind of "
    "thing, and press Recognise."
)
SHOWN = (
    "The model “{model}” shows {percent}% of this picture; the rest is kept as detail. Set points, "
    "and press Start."
)
OUTSIDE_OF_WORLD = (
    "The model “{model}” shows only {percent}% of this picture: it seems to draw other things."
)
CHOOSE_ANOTHER_MODEL = (
    "Choose another model, or select the part that it can show, and press Recognise again."
)
CHOOSE_ANY_PICTURE = "Choose “{instead}”, which changes any picture but takes longer."
RECOGNISE_AGAIN = "Press Recognise again."
MARK_AN_EYE = "Click one eye of the face that the model is to show."
MARK_THE_OTHER_EYE = "Click the other eye."
MARK_THE_MOUTH = "Click the middle of the mouth."
MARKED = "The frame lies around the face. Press Recognise, or pull the marks."
WELL_FRAMED = "A model can be asked for this: press Recognise."

# -- how a drag ended

SPREADING = "Frame {number} of {count}…"
SPREAD = (
    "The new layer shows the way from frame {first} to {last}: play it in the docker Animation "
    "Timeline."
)
NOT_MOVED = "Nothing has moved; nothing was changed."

TOOK = Counted(
    "after {count} step ({seconds} s), {distance} px to go",
    "after {count} steps ({seconds} s), {distance} px to go",
)
ARRIVED = Counted(
    "Arrived after {count} step ({seconds} s), {distance} px from the target.",
    "Arrived after {count} steps ({seconds} s), {distance} px from the target.",
)
STALLED = "The points come no nearer {took}. {advice}"
LOST = "A point was not found again {took}; the last picture that shows it is kept. {advice}"
MAX_STEPS = "The limit of steps is reached {took}."
STOPPED = "Stopped {took}."
ENDED = "The drag ended {took}."
NO_NEARER = "Drag less far, or let more of the picture move."
AGAINST = (
    "Points {one} and {other} pull against each other: remove one of them, or drag both the same "
    "way."
)
NOTHING_TO_DO = (
    "Every point is at its target already, or nearly so; nothing was changed: move the targets "
    "further away."
)
STALLED_AT_ONCE = "The points come no nearer; nothing was changed. {advice}"
LOST_AT_ONCE = "A point was not found again; nothing was changed. {advice}"
STOPPED_AT_ONCE = "Stopped before the first step; nothing was changed."
CANCELLED = "Cancelled; nothing was changed."
PAINT_REPLACED = "What you had painted on the part that moved was replaced."
BEFORE_DRAGS = "before the first drag"
AFTER_DRAG = "after drag {number}"
WENT_BACK = "This is the picture {moment}. Press Start to drag on from here."
UNDONE = "The result is undone. Press Start to drag the points again."
