"""Picture files that carry the state of an edit: PNG, OpenRaster and animations."""
