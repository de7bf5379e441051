"""How well photos are inverted."""
