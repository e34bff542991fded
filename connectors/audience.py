"""谁被告知什么 What each agency is still to be told of a stream, after each act of it. Pure.

`domain.disclosure` is the rule; here is only the memory of what was told already. An agency that comes into a case late is
told then what went before, in the order of the case; what it saw as a blank it is told in full once it may see it. The
memory follows from the acts alone, so that whoever begins anew at a place in the log has the same one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from domain import dossiers
from domain.acts import Act
from domain.disclosure import Parts, Reader, Sight
from domain.entries import Dossier
from domain.registry import Registry

_RANK: dict[Sight, int] = {"nothing": 0, "existence": 1, "number_and_date": 2, "all": 3}
_SHOWING = ("agencies", "routes", "modes", "boundaries", "started")
"""What of the registry who may see what can hang on. Keys, officers, packs and calendars are not among it."""


@dataclass(frozen=True, slots=True)
class Told:
    """One agency is to be told one act, as far as `sight` goes."""

    agency: str
    act: Act
    sight: Sight


def same_for_disclosure(one: Registry, other: Registry) -> bool:
    """Whether two states of the registry show the same to everyone."""
    return all(
        getattr(one, name) is getattr(other, name) or getattr(one, name) == getattr(other, name)
        for name in _SHOWING
    )


@dataclass(slots=True)
class Audience:
    """What has been told of one stream. `registry`: the state that its dossier was folded with."""

    stream: str
    registry: Registry
    dossier: Dossier | None = None
    acts: tuple[Act, ...] = ()
    told: dict[str, list[int]] = field(default_factory=dict)

    def hear(self, act: Act) -> list[Told]:
        """The stream has one more act."""
        self.acts = (*self.acts, act)
        if self.dossier is None:
            self.dossier = dossiers.fold(self.stream, self.acts, self.registry)
        else:
            self.dossier = dossiers.evolve(self.dossier, act, self.registry)
        return list(self._news())

    def under(self, registry: Registry) -> list[Told]:
        """The registry has changed: others may be in charge of a place, or be meant by a route."""
        self.registry = registry
        self.dossier = dossiers.fold(self.stream, self.acts, registry)
        return list(self._news())

    def forget(self, agencies: Iterable[str]) -> None:
        """These have heard nothing: what they were told was said where they do not listen any more."""
        for agency in agencies:
            self.told.pop(agency, None)

    def _news(self) -> Iterator[Told]:
        assert self.dossier is not None
        parts = Parts(self.registry, self.dossier)
        for agency in sorted(self.registry.agencies):
            reader = Reader(self.registry, agency, self.dossier, parts)
            told = self.told.get(agency)
            if told is None:
                if not reader.knows_of_it:
                    continue
                told = self.told[agency] = []
            told += [0] * (len(self.acts) - len(told))
            for place, act in enumerate(self.acts):
                if told[place] == _RANK["all"]:
                    continue  # what has been told cannot be taken back
                sight = reader.sees(act)
                if _RANK[sight] > told[place]:
                    told[place] = _RANK[sight]
                    yield Told(agency, act, sight)
