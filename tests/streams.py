"""A stream of the sample locality under construction: what its `decide` accepts is folded."""

from datetime import datetime, time, timedelta
from types import ModuleType
from typing import Any

import pytest

from domain.acts import EVENTS, Act
from domain.forms import build
from domain.refusal import Refusal
from domain.registry import Registry
from domain.values import SHANGHAI, milliseconds
from tests.worlds import day, lhasa

COMMITMENT = "sha256:" + "5a" * 32


def moment(on: str, minute: int = 0) -> int:
    """Ten o'clock of a day, and some minutes."""
    return milliseconds(datetime.combine(day(on), time(10), SHANGHAI) + timedelta(minutes=minute % 600))


class Stream:
    """One dossier. Days are written as text; an act is received on its own day unless said. `first` is the place in
    the ledger of its first act."""

    def __init__(
        self, module: ModuleType, id_: str, registry: Registry | None = None, first: int = 0
    ) -> None:
        self.module = module
        self.id = id_
        self.registry = registry or lhasa()
        self.first = first
        self.dossier: Any = module.fold(id_, (), self.registry)
        self.before: Any = self.dossier

    def proposed(
        self, type_: str, actor: str, on: str, received: str | None = None, signer: str | None = None,
        officer: str | None = None, /, **data: Any,
    ) -> Act:  # fmt: skip
        number = self.first + len(self.dossier.acts)
        signer = signer or actor
        event = build(EVENTS[type_].cls, {k.rstrip("_"): v for k, v in data.items()})
        return Act(
            f"{number + 1:032x}", self.id, actor, signer, officer or f"{signer}/1", day(on),
            moment(received or on, number), event, number,
        )  # fmt: skip

    def act(
        self, type_: str, actor: str, on: str, received: str | None = None, signer: str | None = None,
        officer: str | None = None, /, **data: Any,
    ) -> Act:  # fmt: skip
        made = self.proposed(type_, actor, on, received, signer, officer, **data)
        self.module.decide(self.dossier, made, self.registry, made.received_on)
        self.before, self.dossier = self.dossier, self.module.evolve(self.dossier, made, self.registry)
        return made

    def refused(
        self, type_: str, actor: str, on: str, /, *how: str | None, **data: Any
    ) -> tuple[str, str | None]:
        """(code, field) of the refusal that this act meets; the dossier stays as it was."""
        before = self.dossier
        with pytest.raises(Refusal) as refused:
            self.act(type_, actor, on, *how, **data)
        assert self.dossier is before
        return refused.value.code, refused.value.field

    def irregular(self) -> set[str]:
        """Codes of the irregularities of the newest act, apart from lateness."""
        newest = self.dossier.acts[-1].id
        found = self.module.irregularities(self.before, self.dossier, newest, (), self.registry)
        return {i.code for i in found}

    def entries(self, type_: str) -> list[Any]:
        """The entries of a type, derived ones among them."""
        return [e for e in self.dossier.entries if e.type == type_]
