"""Every text that a user reads, in English: the only place where hosts have any.

`words` has what stands on buttons, menus and labels, `tips` what explains them, `said` what goes
on and how it ended, `refusals` what cannot be done, `setup` what is said while the daemon is set
up. `draggan_server.host.translation` says them in the user's language and puts values in the places
of their {names}. An underscore marks the key of a label, where a host has such keys.
"""
