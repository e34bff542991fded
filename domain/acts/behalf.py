"""What an agency says of acts that others recorded for it (代录): confirmed, or disputed. Never silence.

Sources: 台账运行规则 代录; the acts themselves stand in `domain.acts.case`, with the claim `for` in the statement.
"""

from domain.acts.base import Event, event
from domain.values import ActRef, Label, Text


@event("case", "确认代录", by="any")
class ActConfirmed(Event):
    """The agency concerned confirms what was recorded on its behalf, one act or many at once."""

    of: tuple[ActRef, ...]


@event("case", "异议代录", by="any")
class ActDisputed(Event):
    """The agency concerned says that one field of an act recorded on its behalf is wrong, and what is right."""

    of: ActRef
    field: Label
    own_value: Text
    reason: Text
