"""What is said of the daemon, of what computes, and of faults."""

from __future__ import annotations

from draggan_server.host.amounts import TimeLeft, lasted_words, size_words
from draggan_server.host.examination import Report
from draggan_server.host.keeper import Standing
from draggan_server.host.sentences import said
from draggan_server.host.sentences import state as words
from draggan_server.host.translation import tr, tr_count
from draggan_server.wire.messages import Doing, Status, WorkerStatus

_STANDING = {
    Standing.UNKNOWN: said.LOOKING_FOR_DAEMON,
    Standing.MISSING: words.MISSING,
    Standing.ENDED: words.ENDED,
    Standing.STARTING: words.STARTING,
    Standing.STOPPING: words.STOPPING,
    Standing.MOVING: words.MOVING,
}
_CARDS = ("cuda", "xpu", "mps")
_CLUSTER = "ray"
_DOING: dict[Doing, str] = {
    "nothing": words.NOTHING,
    "samples": words.SAMPLES,
    "opening": words.OPENING,
    "photo": words.PHOTO,
    "drag": words.DRAG,
    "live": words.LIVE,
    "history": words.HISTORY,
}


def daemon_words(standing: Standing, status: Status | None) -> str:
    """Whether it runs."""
    if status is not None:
        time = lasted_words(status.uptime_seconds)
        return tr(words.RUNS, version=status.version, time=time)
    return tr(_STANDING[standing])


def worker_words(worker: WorkerStatus, left: TimeLeft) -> str:
    """What a worker does, and in lines below it what it has; `left` is asked of it alone."""
    device, doing = _device_words(worker.device), _doing_words(worker, left)
    lines = [tr(words.WORKER, device=device, doing=doing)]
    if worker.models:
        lines.append(tr(words.MODELS, models=", ".join(worker.models)))
    lines += _memory_words(worker)
    if worker.learning is not None:
        percent = round(100 * worker.learned)
        lines.append(tr(words.LEARNS, model=worker.learning, percent=percent))
    return "\n".join(lines)


def _device_words(device: str) -> str:
    """What it is: one of a cluster says on which machine, once it has started."""
    if device == _CLUSTER:
        return tr(words.ON_CLUSTER)
    name, *of_cluster = device.split()  # else "cuda on its-name"
    kind, machine = name.partition(":")[0], "".join(of_cluster[1:])
    if kind == "cpu":
        said_of_it = tr(words.PROCESSOR)
    else:
        said_of_it = tr(words.CARD if kind in _CARDS else words.DEVICE, device=name)
    return tr(words.ON_MACHINE, device=said_of_it, machine=machine) if machine else said_of_it


def _memory_words(worker: WorkerStatus) -> list[str]:
    """What it takes of each memory, and what is free; nothing of which nobody knows."""
    lines = []
    if worker.card_taken is not None and worker.card_free is not None:
        size, free = size_words(worker.card_taken), size_words(worker.card_free)
        lines.append(tr(words.CARD_MEMORY, size=size, free=free))
    if worker.memory:
        size = size_words(worker.memory)
        if worker.free_memory is None:
            lines.append(tr(words.MEMORY, size=size))
        else:
            lines.append(tr(words.MEMORY_FREE, size=size, free=size_words(worker.free_memory)))
    return lines


def _doing_words(worker: WorkerStatus, left: TimeLeft) -> str:
    if worker.state == "lost":
        return tr(words.WORKER_LOST)
    if worker.state == "starting":
        return tr(words.WORKER_STARTS)
    # A newer daemon may do what has no word here.
    label = tr(_DOING.get(worker.doing, words.NOTHING))
    if worker.share is None:
        return label
    label = tr(words.SHARE, label=label, percent=round(100 * worker.share))
    time_left = left.words(worker.doing, worker.share)
    return tr(said.WITH_TIME_LEFT, label=label, left=time_left) if time_left else label


def use_words(status: Status) -> str:
    """Who uses the daemon beside this program."""
    others = tr_count(words.OTHERS, status.others) if status.others else tr(words.NO_OTHERS)
    counts = ((words.WAITING, status.waiting), (words.ERRANDS, status.errands))
    return " ".join((others, *(tr_count(counted, count) for counted, count in counts if count)))


def report_words(report: Report) -> str:
    """What was found, each fault with what to do about it."""
    mended = [tr_count(words.MENDED, report.mended)] if report.mended else []
    if not report.faults:
        return " ".join((*mended, tr_count(words.NO_FAULTS, report.looked_at)))
    first = " ".join((*mended, tr_count(words.FAULTS, len(report.faults))))
    faults = (
        "\n".join(filter(None, (tr(words.FAULT, link=one.link, says=one.says), one.advice)))
        for one in report.faults
    )
    return "\n\n".join((first, *faults))
