"""The process that hosts talk to: sockets, secrets, sessions, edits and workers. No torch here.

service      the daemon: lock, sockets, connection file, the loop
dispatcher   what each message does; pure, knows no socket
sessions     the clients
jobs         what waits for a worker, and in which order
store        edits, kept over a restart
workers      the processes that compute
zap          who may connect
"""
