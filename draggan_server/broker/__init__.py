"""The process that hosts talk to: sockets, secrets, sessions, edits and workers. No torch here.

service      the daemon: lock, sockets, connection file, the loop
doors, zap   where it is reached, and who may connect
dispatcher   what each message does; pure, knows no socket
sessions     the clients; answers and what they want answered again
guests       what those from other machines may ask for
crew         the workers and their jobs: tasks, words, losses, endings
jobs, turns  what waits for a worker, and in which order
errands      what takes long and needs no worker: models
store        edits, kept over a restart
worker       what computes; a process of this machine is one
relay        in the daemon's place where one on another machine is used
"""
