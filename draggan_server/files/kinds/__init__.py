"""Kinds of picture files that are read and written without loss of what the file says."""
