"""`replace` for what is folded act by act: as `dataclasses.replace`, at a tenth of its cost where a value allows it.

An act changes one or two of the many fields of a case, so folding would spend most of its time on this.
"""

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(value, /, **changes):
        """The same value with some fields changed."""
        held = getattr(value, "__dict__", None)
        if held is None:
            return dataclasses.replace(value, **changes)
        new = object.__new__(type(value))
        new.__dict__.update(held, **changes)
        return new


__all__ = ["replace"]
