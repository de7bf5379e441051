"""What is said of the daemon and of what computes, and what can be done about it."""

from __future__ import annotations

from draggan_server.host.sentences.counted import Counted

# -- buttons, and what explains them

TITLE = "State of DragGAN"
OPEN = "State of things…"
OPEN_TIP = "Shows whether DragGAN's daemon runs, what it does, and what is wrong"
START = "_Start the daemon"
START_TIP = "It starts by itself when it is needed; this starts it now"
RESTART = "_Restart the daemon"
RESTART_TIP = "End the daemon and start it again. Pictures and points stay as they are."
RESTART_ANYWAY = "_Restart it anyway"
LOG = "Open the _log"
LOG_TIP = "Shows what the daemon has written down of its work"
EXAMINE = "Look for _faults"
EXAMINE_TIP = (
    "Looks at every link, from the plug-ins' folders to the graphics card, and says what to do. It "
    "takes some seconds and changes nothing."
)
MEND = "_Mend them"
MEND_TIP = "Do what can be done without harm, then look again"

# -- the daemon

MISSING = "DragGAN's daemon, which does the computing, is not on this computer yet."
ENDED = "DragGAN's daemon does not run. It starts by itself when it is needed."
STARTING = "The daemon starts…"
STOPPING = "The daemon ends…"
MOVING = "Going over to the other machine…"
RUNS = "DragGAN's daemon runs: version {version}, for {time}."

# -- which machine computes

ELSEWHERE = "Which machine computes"
USED_HERE = "This machine computes."
USED_THERE = "The machine at {address} computes for you."
INVITATION = "_Invitation"
INVITATION_EXAMPLE = "draggan://…"
INVITATION_TIP = (
    "Let another machine compute: paste the line that who runs DragGAN there has made for you. It "
    "holds for all your programs. Pictures and points stay as they are."
)
USE_IT = "Us_e it"
THIS_MACHINE = "_This machine"
THIS_MACHINE_TIP = "Let this machine compute again"
IN_USE_HERE = (
    "It is in use: what is under way would be lost. Press once more to change the machine."
)

# -- what computes

PROCESSOR = "Processor"
CARD = "Graphics card ({device})"
DEVICE = "Device {device}"
ON_MACHINE = "{device} on {machine}"
ON_CLUSTER = "A worker on the cluster"
WORKER = "{device}: {doing}"
NOTHING = "has nothing to do"
WORKER_STARTS = "starts"
WORKER_LOST = "has ended several times. Restart the daemon; if that does not help, look for faults."
SAMPLES = "draws pictures to choose from"
OPENING = "opens a picture"
PHOTO = "looks at a photo"
DRAG = "drags"
LIVE = "follows the hand"
HISTORY = "shows the drags of a picture"
SHARE = "{label}, {percent}%"
MODELS = "Models in memory: {models}"
MEMORY = "Memory: {size}"
MEMORY_FREE = "Memory: {size}; {free} are free"
CARD_MEMORY = "The card's memory: {size}; {free} are free"
LEARNS = "Between drags it learns more of {model}: {percent}%"

# -- who uses it

OTHERS = Counted("{count} other program uses it now.", "{count} other programs use it now.")
NO_OTHERS = "No other program uses it now."
WAITING = Counted("{count} request waits.", "{count} requests wait.")
ERRANDS = Counted("{count} model is worked on.", "{count} models are worked on.")
IN_USE = "It is in use: what is under way would be lost. Press once more to restart it."

# -- the log, and faults

NO_LOG = "There is no log yet. It will lie in {folder}."
LOG_LIES = "The log lies in {path}."
EXAMINING = "Looking for faults…"
MENDING = "Mending…"
NO_FAULTS = Counted(
    "{count} thing was looked at: all is well.", "{count} things were looked at: all is well."
)
FAULTS = Counted("{count} fault was found:", "{count} faults were found:")
FAULT = "{link}: {says}"
MENDED = Counted("{count} fault was mended.", "{count} faults were mended.")
NOT_EXAMINED = "It could not be looked for faults: {reason}"
