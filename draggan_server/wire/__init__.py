"""All that a host imports: messages, codec, errors, connection and client.

Needs the standard library and msgpack only, and uses pyzmq where it is there. The installer copies
this package into each plug-in under the same import name, so it must not import anything of
`draggan_server` outside itself.
"""
