"""Setting DragGAN's daemon up from within a plug-in that finds none on the machine.

Everything goes into one folder of the user's data, and `remove` leaves nothing of it. Python's own
`venv` and `pip` do the work, in processes of their own, which a host's timer looks after.
"""
