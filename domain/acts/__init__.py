"""The acts: what agencies state. One class an event, named in the past tense, its Chinese term beside it.

What may enter: the fields of an event and who may sign it, nothing of what follows from it. An act that is
signed once is read for ever: fields may be added when they are optional, never renamed or removed.
"""

from domain.acts import behalf as _behalf
from domain.acts import case as _case
from domain.acts import course as _course
from domain.acts import discipline as _discipline
from domain.acts import matters as _matters
from domain.acts import meeting as _meeting
from domain.acts import reconciliation as _reconciliation
from domain.acts import registry as _registry
from domain.acts.base import EVENTS, Act, Event, EventKind, kind_of

__all__ = ["EVENTS", "Act", "Event", "EventKind", "kind_of"]

del _behalf, _case, _course, _discipline, _matters, _meeting, _reconciliation, _registry
