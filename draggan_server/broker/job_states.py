"""A job's life as a table: where it may be, what may happen to it there, and what follows."""

from __future__ import annotations

import enum


class JobState(enum.Enum):
    WAITING = "no worker is free yet"
    RUNNING = "a worker does it"
    KEEPING = "its worker was told to end and to keep what is reached"
    GIVING_UP = "its worker was told to end and to leave the edit as it was"
    ABANDONED = "the same, because its client was not heard any more"
    OVER = "it was taken away before any worker began"


class JobCause(enum.Enum):
    TAKEN = "a worker begins with it"
    KEEP = "its client wants what is reached, now"
    GIVE_UP = "its client does not want it any more"
    SILENCE = "its client is gone"
    LOSS = "its worker was lost"


JOB_TABLE: dict[JobState, dict[JobCause, JobState]] = {
    JobState.WAITING: {
        JobCause.TAKEN: JobState.RUNNING,
        JobCause.KEEP: JobState.OVER,  # nothing is reached yet
        JobCause.GIVE_UP: JobState.OVER,
        JobCause.SILENCE: JobState.OVER,
    },
    JobState.RUNNING: {
        JobCause.LOSS: JobState.WAITING,
        JobCause.KEEP: JobState.KEEPING,
        JobCause.GIVE_UP: JobState.GIVING_UP,
        JobCause.SILENCE: JobState.ABANDONED,
    },
    JobState.KEEPING: {
        JobCause.GIVE_UP: JobState.GIVING_UP,
        JobCause.SILENCE: JobState.ABANDONED,
    },
    JobState.GIVING_UP: {JobCause.SILENCE: JobState.ABANDONED},
    JobState.ABANDONED: {},
    JobState.OVER: {},
}
"""What is not in a row changes nothing."""
