"""How well trackers follow spots of the lion."""
