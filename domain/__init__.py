"""What is true: agencies, cases and what may happen to them, duties and their terms, working days.
Only pure functions and frozen values on the standard library may enter: no I/O, no clock, no signing."""
