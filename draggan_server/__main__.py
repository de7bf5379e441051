"""`python -m draggan_server` is the `draggan` command."""

from draggan_server.cli import main

main()
