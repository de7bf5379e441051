"""How long things take and how much memory, as ratios measured in one run."""
