"""Finding handles again in another picture."""
