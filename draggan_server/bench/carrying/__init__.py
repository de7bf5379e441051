"""How well a photo's own detail follows the picture, and whether what is held stays to the bit."""
