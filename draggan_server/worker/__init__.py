"""The process that computes: torch, generators and drags, one job at a time.

A job holds all that it needs (the whole saved state) and its end holds all that came of it, so a
worker's death loses nothing but the job in hand.
"""
