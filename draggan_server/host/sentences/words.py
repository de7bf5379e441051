"""What stands on buttons, menus, labels and titles."""

from __future__ import annotations

from draggan_server.host.sentences.counted import Counted

DECIMAL_SIGN = "."
"""Between a number's whole part and its decimals."""

# -- menus, titles, names in the document

MENU_NEW_PICTURE = "_New picture..."
MENU_DRAG = "_Drag points..."
MENU_MODELS = "_Models..."
MENU_STATE = "_State..."
NEW_PICTURE = "New picture"
DRAG_TITLE = "Drag points: {name}"
SHOW_DOCKER = "Show the DragGAN Docker"
ACTION_NEW_PICTURE = "New Picture"
ACTION_EDIT_POINTS = "Edit Points"
ACTION_CLEAR_POINTS = "Clear Points"
ACTION_PIN_POINT = "Pin Point"
ACTION_SNAP_POINT = "Snap Point to Feature"
ACTION_BRUSH = "Paint What May Move"
ACTION_START = "Start Drag"
ACTION_ANIMATE = "Drag over Frames"
ACTION_STOP = "Stop Drag and Keep It"
ACTION_CANCEL = "Cancel Drag"
ACTION_MODELS = "Models"
ACTION_STATE = "State"
UNDO_DRAG = "Drag points"
UNDO_NEW_PICTURE = "New DragGAN picture"
SAMPLE_LAYER = "{model}, seed {seed}"
DRAGGED_LAYER = "Dragged: {name}"

# -- buttons

CREATE_LAYER = "Cr_eate layer"
ANOTHER = "_Another"
EDIT_POINTS = "Edit points"
COMPARE = "C_ompare"
SPLIT = "Split"
FROM_PATH = "From _path"
CLEAR = "C_lear"
PIN = "Pin"
BRUSH = "_Brush"
ALL_MAY = "All may move"
ERASE = "Er_ase"
INVERT = "In_vert"
FIT = "Fit"
FULL = "100%"
SNAP = "Snap"
START = "_Start"
ANIMATE = "Drag over frames"
RECOGNISE = "_Recognise"
STOP = "S_top"
CANCEL = "_Cancel"
CLOSE = "_Close"
KEEP_EDITING = "_Keep editing"
DOWNLOAD = "_Download"
GO_ON = "_Go on downloading"
PREPARE = "_Prepare"
REMOVE = "_Remove"
REMOVE_FOR_GOOD = "_Remove for good"
ADD_FILE = "_Add a file..."
FETCH_ADDRESS = "_Fetch"
ADDRESS = "_Web address"
ADDRESS_EXAMPLE = "https://…"
ACCEPT = "I accep_t the licence {licence}"

# -- labels

PICTURE = "Picture"
DRAG = "Drag"
POINTS = "_Points"
HISTORY = "History"
MAY_CHANGE = "May change"
BRUSH_SIZE = "Si_ze"
HARDNESS = "Hardness"
FRAMES = "Animation"
FIRST_FRAME = "First frame"
LAST_FRAME = "Last frame"
FOLLOW = "_Follow the hand"
IN_IMAGE = "Show it in the _image, too"
MODEL = "_Model"
SEED = "See_d"
TRUNCATION = "_Truncation"
PICK = "_Pick one"
MIXTURE = "Mixture"
POSITION = "Position"
ACCOUNT = "Account"
LIKE = "More _like it"
BETWEEN = "_Between two"
SEEDS = "All _seeds"
METHOD = "Met_hod"
MAX_STEPS = "Ma_x. steps"
OPTIONS = "Optio_ns"
RESET = "R_eset"
METHOD_NEWTON = "Few exact steps ({method})"
METHOD_DRAGGAN = "Many small steps ({method})"
METHOD_FREEDRAG = "Cautious steps ({method})"
PHOTO = "Photo"
QUALITY = "_Quality"
QUALITY_FAST = "Fast"
QUALITY_NORMAL = "Normal"
QUALITY_BEST = "Best"
LAYER = "Layer"
DEFAULT_MODEL = "Default model"
GREYSCALE = "greyscale"
WITH_COLON = "{label}:"
MODEL_SHOWS = "{subject}, {width} × {height}"
GET_MODEL = "can be downloaded: DragGAN > Models"
MODELS = "Models"
ON_SHELF = "{shows} · {size} · {licence}"
KILOBYTES = "{count} kB"
MEGABYTES = "{count} MB"
GIGABYTES = "{count} GB"
SECONDS_LEFT = Counted("{count} second left", "{count} seconds left")
MINUTES_LEFT = Counted("{count} minute left", "{count} minutes left")
HOURS_LEFT = Counted("{count} hour left", "{count} hours left")
SECONDS = Counted("{count} second", "{count} seconds")
MINUTES = Counted("{count} minute", "{count} minutes")
HOURS = Counted("{count} hour", "{count} hours")
DAYS = Counted("{count} day", "{count} days")
LICENCE = "Licence: {licence}"
NO_POINTS = "No points"
COUNTED_POINTS = Counted("{count} point", "{count} points")
TOO_MANY_POINTS = Counted("{count} point: {most} at most", "{count} points: {most} at most")
PIXELS = "{width} × {height} pixels"

# -- what GIMP's procedure browser shows

AUTHORS = "The DragGAN plug-in's authors"
MIT_LICENCE = "MIT licence"
