"""`python -m gongze` is the same as the `gongze` command."""

from gongze.cli import main

main()
