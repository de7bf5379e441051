"""The models that are installed and that are available, and what is known of each.

`zoo` lists them without torch, `installation` puts them in and takes them out, `loading` makes a
generator of one, `surveys` keeps what was learned of it.
"""
