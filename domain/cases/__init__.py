"""One violation case: what may happen in it, what should not have, and what has.

`decide` refuses the impossible, `irregularities` flags what should not have been with its clause, `evolve`
and `fold` never refuse. All are pure: the registry, the day and the calendar are arguments. A reader starts
with `folding.py`. What may enter: rules on one case; no I/O, no clock, no due days (`domain.duties`).
"""

from domain.cases.folding import evolve, fold
from domain.cases.model import Case
from domain.cases.resolving import resolved
from domain.cases.ruling_out import decide
from domain.entries import Entry

__all__ = ["Case", "Entry", "decide", "evolve", "fold", "resolved"]
