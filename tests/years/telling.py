"""Telling a year: acts as lines of a case script, each with what the ledger must answer, and duties counted by hand.

Nothing here knows a rule. An act that says nothing of an answer must be taken in without an irregularity. `<mark>` in
the data of a line stands for the statement id of the line told under that mark.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from domain.refusal import Refusal
from domain.values import milliseconds, parse_moment
from gongze import shapes
from gongze.ledger import Ledger
from gongze.script import KeyRing, replay_line
from gongze.settings import Settings, load

Place = str
SCAN = {
    "number": "扫描件1", "title": "文书扫描件", "kind": "扫描件", "sha256": "ab" * 32, "media_type": "application/pdf",
    "bytes": 1024,
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line, and what must come of it: codes of irregularities, or a refusal (code, field), or a repetition."""

    text: str
    received: str
    mark: str | None = None
    irregular: frozenset[str] = frozenset()
    refused: tuple[str, str | None] | None = None
    repeated: bool = False

    @property
    def type(self) -> str:
        return str(json.loads(self.text)["type"])


@dataclass(frozen=True)
class Owed:
    """What the board must show on a day of the only instance that fits; `shown` as `gongze duties` prints it."""

    on: str
    dossier: str
    duty: str
    holder: str
    about: str | None
    opened: str | None
    shown: dict[str, Any]
    known: str | None = None

    def __str__(self) -> str:
        told = self.about or self.opened or ""
        return f"{self.dossier}-{self.duty}-{self.holder}-{told}-{self.on}"


@dataclass
class Year:
    """Lines and expectations, collected by whoever tells them. `end`: the day that the board is read by default."""

    end: str
    lines: list[Line] = field(default_factory=list)
    owed: list[Owed] = field(default_factory=list)

    def file(self, stream: str, place: Place = "chengguan") -> "File":
        return File(self, stream, place)

    def in_order(self) -> list[Line]:
        """As they were recorded; what came at the same moment, as told."""
        return sorted(self.lines, key=lambda line: line.received)


@dataclass(frozen=True)
class File:
    """One stream being told, among the agencies of one place."""

    year: Year
    stream: str
    place: Place

    def of(self, kind: str) -> str:
        return kind if "." in kind or kind == "operator" else f"{kind}.{self.place}"

    def act(
        self, on: str, actor: str, type_: str, /, *, clock: str = "10:00", received: str | None = None,
        mark: str | None = None, irregular: tuple[str, ...] = (), refused: tuple[str, str | None] | None = None,
        repeated: bool = False, by_officer: str | None = None, whose: str | None = None, learnt: str = "copy", **data: Any,
    ) -> "File":  # fmt: skip
        """One line, received at `clock` of the day it happened, or of `received`. `whose`: recorded on behalf (代录)."""
        moment = f"{received or on}T{clock}:00+08:00"
        line: dict[str, Any] = {
            "type": type_, "case": self.stream, "actor": self.of(actor), "occurred_on": on, "received_at": moment,
            "data": {key.rstrip("_"): value for key, value in data.items()},
        }  # fmt: skip
        if by_officer is not None:
            line["officer"] = by_officer
        if whose is not None:
            line |= {"for": self.of(whose), "basis": {"how": learnt, "obtained_on": received or on}}
        self.year.lines.append(
            Line(
                json.dumps(line, ensure_ascii=False),
                moment,
                mark,
                frozenset(irregular),
                refused,
                repeated,
            )
        )
        return self

    def again(self, mark: str) -> "File":
        """The line of that mark once more, to the letter: one act, its first receipt."""
        first = next(line for line in self.year.lines if line.mark == mark)
        self.year.lines.append(Line(first.text, first.received, repeated=True))
        return self

    def shares(self, on: str, kind: str, no: str, to: tuple[str, ...], acknowledged: str) -> "File":
        """四（三）: the department shares a document, and each recipient signs for it on a later day."""
        self.act(on, "nr", "DocumentShared", kind=kind, document_no=no, to=[self.of(a) for a in to])
        for agency in to:
            self.act(acknowledged, agency, "CopyAcknowledged", clock="15:00", of=no)
        return self

    def owes(
        self, holder: str, duty: str, /, *, opened: str | None = None, due: str | None = None,
        done: str | None = None, late: int = 0, state: str | None = None, on: str | None = None,
        known: str | None = None, about: str | None = None, **more: Any,
    ) -> "File":  # fmt: skip
        """What the board shows: at the year's end, unless `on` another day. `late` and `left` in working days."""
        found = state or ("discharged_late" if late else "discharged")
        shown = {
            "due_on": due,
            "discharged_on": done,
            "state": found,
            "overdue_working_days": late,
            **more,
        }
        if opened is not None:
            shown["opened_on"] = opened
        whom = self.of(holder) if holder != "party" else "party"
        dossier = self.stream
        self.year.owed.append(Owed(on or self.year.end, dossier, duty, whom, about, opened, shown, known))
        return self


@dataclass
class Told:
    """A ledger that a year was told to: every surprise, the ids of the marked lines, and its board day by day."""

    ledger: Ledger
    settings: Settings
    end: str
    surprises: list[str] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)

    def tell(self, lines: Iterator[Line] | list[Line], keys: KeyRing) -> None:
        for number, line in enumerate(lines, 1):
            text = line.text
            for mark, id_ in self.ids.items():
                text = text.replace(f"<{mark}>", id_)
            answer = self._answer(number, text, keys, line.mark)
            wanted = (line.refused or sorted(line.irregular), line.repeated)
            if answer != wanted:
                self.surprises.append(f"{text}\n  wanted {wanted}\n  found  {answer}")

    def _answer(self, number: int, text: str, keys: KeyRing, mark: str | None) -> tuple[Any, bool]:
        try:
            accepted = replay_line(self.ledger, number, text.encode(), keys)
        except Refusal as refusal:
            return (refusal.code, refusal.field), False
        receipt = accepted.receipt
        self.types.add(receipt.act.type)
        if mark is not None:
            self.ids[mark] = receipt.act.id
        return sorted({found.code for _, found in accepted.irregular}), receipt.repeated

    @cache  # noqa: B019 - lives as long as the module's tests
    def board(
        self, on: str, known: str | None = None, dossier: str | None = None
    ) -> tuple[dict[str, Any], ...]:
        known_ms = milliseconds(parse_moment(known)) if known else None
        rows = self.ledger.board(date.fromisoformat(on), known_at_ms=known_ms, case=dossier)
        return tuple(shapes.duty(row) for row in rows)

    def shown(self, owed: Owed) -> dict[str, Any]:
        """The one duty meant, cut to what is expected of it."""
        whole = owed.on == self.end and owed.known is None  # asked so often that one board for all is quicker
        fitting = [
            d
            for d in self.board(owed.on, owed.known, None if whole else owed.dossier)
            if (d["duty"], d["case"], d["holder"]) == (owed.duty, owed.dossier, owed.holder)
            and (owed.about is None or d["opened_by"] == self.ids[owed.about])
        ]
        if len(fitting) > 1 and owed.opened is not None:
            fitting = [d for d in fitting if d["opened_on"] == owed.opened] or fitting
        assert len(fitting) == 1, (
            f"{len(fitting)} instances: {[(d['opened_on'], d['due_on'], d['state']) for d in fitting]}"
        )
        return {name: fitting[0].get(name) for name in owed.shown}

    __hash__ = object.__hash__


def told(year: Year, folder: Path) -> Told:
    """The year told to the demonstration ledger in a folder."""
    settings = load({"GONGZE_DATABASE_URL": f"sqlite:///{folder}/gongze-data/ledger.db"})
    found = Told(Ledger.open(settings), settings, year.end)
    found.tell(year.in_order(), KeyRing(folder / "keys"))
    return found
