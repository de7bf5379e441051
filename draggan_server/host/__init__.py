"""What both plug-ins do alike, without their editors and toolkits.

Pure Python, standard library and `draggan_server.wire` only; the installer puts it into each
plug-in. A plug-in is a view of it.
"""
