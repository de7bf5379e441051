"""How well the picture follows the hand."""
