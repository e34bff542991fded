"""What people read: tables folded from the ledger's acts, such as the duty board and the enforcement register.

What may enter: only what can be thrown away and computed again, on top of `domain` and `events`; no fact begins
here, and nothing here decides what is let in. `rows` says what each table's rows are, `tables` where they lie,
`follower` keeps them up with the ledger, `reading` is all that others ask of them.
"""

from projections.follower import CannotFold, Projections, Rebuilt, Source, Stopped

__all__ = ["CannotFold", "Projections", "Rebuilt", "Source", "Stopped"]
