"""The tables. Their columns are the fields of `projections.rows`, of the same names.

No id that a sender chose is unique by itself (two agencies can use one statement id), so that none can stop the
follower: acts are told apart by their index, things of a case within their case.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Index, Integer, MetaData, Table, Text

from projections.rows import COPIES


@dataclass(frozen=True, slots=True)
class Tables:
    """One set of tables: the live one, or one that a rebuild computes beside it."""

    metadata: MetaData
    position: Table
    act: Table
    case: Table
    application: Table
    duty: Table
    agency: Table
    stopped: Table

    @property
    def content(self) -> tuple[Table, ...]:
        """All that is folded; the position only says how far."""
        return self.act, self.case, self.application, self.duty, self.agency, self.stopped

    @property
    def of_a_case(self) -> tuple[Table, ...]:
        """Those whose rows are computed case by case and replaced together."""
        return self.case, self.application, self.duty


def tables(prefix: str, *, temporary: bool = False) -> Tables:
    """A set of tables whose names begin with `prefix`; a temporary one belongs to its connection and ends with it."""
    metadata = MetaData()
    made = {
        name: Table(f"{prefix}{name}", metadata, *columns, prefixes=["TEMPORARY"] if temporary else [])
        for name, columns in _columns().items()
    }
    if not temporary:  # a table that is only written and copied needs none
        for table, column in _SOUGHT_BY:
            Index(f"{prefix}{table}_by_{column}", made[table].c[column])
    return Tables(metadata, **made)


MEANING = 3
"""Raised whenever the rows of the same acts come out different: the tables are then computed anew."""


def layout(of: Tables) -> str:
    """A mark of the tables' shape and meaning; tables with another mark are thrown away and folded anew."""
    shape = [(t.name, [(c.name, str(c.type)) for c in t.columns]) for t in of.metadata.sorted_tables]
    return hashlib.sha256(repr((MEANING, shape, _SOUGHT_BY)).encode()).hexdigest()[:16]


_SOUGHT_BY = (
    ("act", "stream"), ("act", "statement"), ("act", "key"), ("case", "kind"), ("case", "last_counts_on"),
    ("application", "court"), ("duty", "holder"), ("duty", "id"),
)  # fmt: skip


def _columns() -> dict[str, list[Column[Any]]]:
    return {
        # `generation` counts rebuilds, and streams stopped and taken up again: whoever computed against an older one
        # computes again.
        "position": [
            Column("name", Text, primary_key=True),
            _number("position"),
            _number("generation"),
            *_texts("layout"),
        ],
        "act": [
            Column("index", BigInteger, primary_key=True, autoincrement=False),
            *_texts("stream"),
            _number("version"),
            *_texts("statement", "type", "type_zh", "agency", "signer", "officer", "key"),
            *_days("occurred_on", needed=True),
            _number("received_at_ms"),
            *_days("counts_on", needed=True),
            *_texts("evidence"),
            *_texts("recipient", needed=False),
            *_json("subjects", "data"),
            *_texts("corrected_by", needed=False),
            *_json("irregular"),
        ],
        "case": [
            Column("case", Text, primary_key=True),
            *_texts("kind"),
            *_texts("title", "nr", needed=False),
            *_json("parties"),
            *_texts("region", "address", "violation", needed=False),
            *_days("filed_on", "closed_on"),
            _number("last_index"),
            *_days("last_counts_on", needed=True),
            Column("applications", Integer, nullable=False),
            Column("duties", Integer, nullable=False),
        ],
        "application": [
            Column("case", Text, primary_key=True),
            Column("statement", Text, primary_key=True),
            *_texts("number", needed=False),
            *_texts("decision", "court"),
            *_json("parties"),
            *_days("applied_on", needed=True),
            *_days("accepted_on"),
            *_texts("review_case_no", needed=False),
            *_days("received_on"),
            *_texts("ruling", "ruling_no", needed=False),
            *_days("granted_on", "ruling_received_on"),
            *_texts("outcome", "evidence"),
            *(column for copy in COPIES for column in _copy(copy)),
        ],
        "duty": [
            Column("case", Text, primary_key=True),
            Column("id", Text, primary_key=True),
            *_texts("pack", "row", "subject", "holder"),
            *_json("recipients"),
            *_texts("region"),
            *_days("known_on", needed=True),
            *_texts("opened_by"),
            *_days("opened_on", "due_on", "strict_due_on", "earliest_due_on", "not_before", "warn_on"),
            *_texts("warn_source", needed=False),
            Column("provisional", Boolean, nullable=False),
            *_days("extended_on"),
            *_texts("handed_to", needed=False),
            *_json("stopped"),
            *_texts("discharged_by", needed=False),
            *_days("discharged_on", "stated_on", "cancelled_on"),
            *_texts("cancelled_by", needed=False),
            *_texts("evidence"),
            *_days("previous_due_on"),
            *_texts("corrected_by", needed=False),
            *_texts("opened_at", "due_at", "discharged_at", needed=False),  # moments, ISO 8601 with offset
            Column("round", Integer, nullable=False),
            *_days("taken_over_on"),
            *(Column(name, Boolean, nullable=False) for name in ("disputed", "own", "present")),
        ],
        "agency": [
            Column("id", Text, primary_key=True),
            *_texts("kind", "name", "level", "region"),
            *_json("modes", "officers"),
            Column("keys", Integer, nullable=False),
            Column("root_countersigned", Boolean, nullable=False),
        ],
        "stopped": [Column("stream", Text, primary_key=True), _number("index"), *_texts("what")],
    }


def _copy(name: str) -> list[Column[Any]]:
    return [
        *_texts(f"{name}_copy", needed=False),
        *_days(f"{name}_copied_on", f"{name}_acknowledged_on"),
        *_texts(f"{name}_duty", needed=False),
    ]


def _texts(*names: str, needed: bool = True) -> list[Column[Any]]:
    return [Column(name, Text, nullable=not needed) for name in names]


def _days(*names: str, needed: bool = False) -> list[Column[Any]]:
    return [Column(name, Date, nullable=not needed) for name in names]


def _json(*names: str) -> list[Column[Any]]:
    return [Column(name, JSON, nullable=False) for name in names]


def _number(name: str) -> Column[Any]:
    return Column(name, BigInteger, nullable=False)


LIVE = tables("p_")
