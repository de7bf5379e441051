"""Building the host plug-ins from their sources and installing them where hosts look."""
