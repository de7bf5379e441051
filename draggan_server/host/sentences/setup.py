"""What is said while a plug-in sets the daemon up, and what is needed for it."""

from __future__ import annotations

# -- buttons, and what explains them

TITLE = "Set DragGAN up"
SET_UP = "Set _up"
FETCH = "Do_wnload and install"
GO_ON = "_Go on"
TRY_AGAIN = "Tr_y again"
PAUSE = "Pa_use"
PAUSE_TIP = "Stop for now; what was fetched is kept"
FROM_FOLDER = "From a folder…"
FROM_FOLDER_TIP = "Without a connection: choose the folder that was made on another computer"
REMOVE = "Remo_ve"
REMOVE_TIP = "Delete everything that was set up here; your pictures stay as they are"
MANAGE = "Remove DragGAN's daemon…"
MANAGE_TIP = "Shows what was set up on this computer, to remove it"

# -- what goes on

OFFER = (
    "DragGAN's daemon, which does the computing, is not on this computer yet. It can be set up "
    "here, in {folder}. You are asked before anything large is fetched."
)
IS_THERE = "DragGAN's daemon is set up in {folder}."

LOOKING_FOR_PYTHON = "Looking for Python…"
PREPARING = "Looking what is needed…"
ASKING = (
    "DragGAN will fetch {size} ({count} files) from {hosts} and put it into {folder}. You can "
    "remove it again at any time."
)
ASKING_BLINDLY = (
    "DragGAN will fetch what it needs and put it into {folder}. How large it is cannot be said "
    "beforehand, since the pip of this Python is an old one: with a graphics card it may be "
    "several GB. You can remove it again at any time."
)
NOTHING_TO_FETCH = "DragGAN will put {count} files into {folder}. You can remove them at any time."
FETCHING = "Fetching: {done} of {size}"
INSTALLING = "Installing…"
TRYING = "Trying it out…"
DONE = "DragGAN is set up."
CANCELLED = "Stopped. What was fetched is kept: set up again to go on, or remove it."
REMOVED = "What was set up is removed."

# -- what is missing

NO_PYTHON_LINUX = (
    "Python 3.11 or newer was not found. Install it (Debian and Ubuntu: sudo apt install "
    "python3-venv; Fedora: sudo dnf install python3), then try again."
)
NO_PYTHON_MACOS = (
    "Python 3.11 or newer was not found. Install it from python.org or by “brew install python”, "
    "then try again."
)
NO_PYTHON_WINDOWS = (
    "Python 3.11 or newer was not found. Install it from python.org or from the Microsoft Store, "
    "then try again."
)
NO_VENV = (
    "{python} cannot make environments. On Debian and Ubuntu: sudo apt install python3-venv. Then "
    "try again."
)
NO_ROOM = "{needed} are needed at {folder}, and {free} are free. Make room, then try again."
OFFLINE = (
    "The files cannot be reached. Is this computer online? Without a connection: on another "
    "computer of the same system with Python {version}, run “{command}”. Bring the folder that it "
    "makes here, and choose it."
)
INCOMPLETE_FOLDER = (
    "{folder} does not have every file. On a computer of the same system with Python {version}, "
    "run “{command}”, and bring the whole folder that it makes."
)
BROKE_OFF = "Setting up broke off: {reason}. Try again to go on. {log} has the details."
