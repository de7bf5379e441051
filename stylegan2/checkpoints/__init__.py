"""Readers of checkpoint files, one module a format. None of them executes what a file carries."""
