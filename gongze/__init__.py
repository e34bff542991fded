"""The door: settings, the one place where the parts are put together, and the command line.
Only wiring, parsing and printing may enter, and it may import every room: a rule belongs to a room below."""
