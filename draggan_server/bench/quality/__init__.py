"""How well drags do what was asked, judged on the picture."""
