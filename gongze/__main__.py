"""`python -m gongze` is the same as the `gongze` command."""

from gongze.cli import main

if __name__ == "__main__":  # a process that helps with `verify` reads this file too
    main()
