"""The account as one document: both books and their balance, for everybody or as one agency is shown it.

`digest` is what an agency confirms (AccountConfirmed): SHA-256 of the canonical JSON of the rows that it sees.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongze.books import cases, papers
from gongze.books.balance import Balance, balance
from gongze.books.rows import Row
from gongze.books.sources import Sources


@dataclass(frozen=True, slots=True)
class Account:
    sources: Sources
    first: date
    last: date
    papers: dict[str, list[Row]]
    cases: list[Row]

    def json(self) -> dict[str, Any]:
        """The whole document. Dates are YYYY-MM-DD; an agency's has the digest that it confirms."""
        digest = {"digest": self.digest()} if self.sources.agency is not None else {}
        return {**self._confirmed(), **digest, "balance": self._balance()}

    def canonical(self) -> bytes:
        """What the digest is of: keys in order, no space, UTF-8 as it is. The balance follows from the rows of several
        days, so it is no part."""
        return json.dumps(
            self._confirmed(), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()

    def digest(self) -> str:
        return hashlib.sha256(self.canonical()).hexdigest()

    def _confirmed(self) -> dict[str, Any]:
        return {
            "ledger": self.sources.ledger,
            "agency": self.sources.agency,
            "as_of": self.sources.as_of.isoformat(),
            "papers": {name: [dict(r.shown) for r in lines] for name, lines in self.papers.items()},
            "cases": [dict(r.shown) for r in self.cases],
        }

    def of_book(self) -> dict[str, list[Row]]:
        return {"papers": list(papers.all_rows(self.papers)), "cases": self.cases}

    def balance_of(self, rows: Iterable[Row]) -> Balance:
        return balance((r.life for r in rows), self.first, self.last)

    def regions(self) -> list[str]:
        return sorted({r.region for lines in self.of_book().values() for r in lines})

    def balance_in(self, book: str, region: str) -> Balance:
        return self.balance_of(r for r in self.of_book()[book] if r.region == region)

    def _balance(self) -> dict[str, Any]:
        books = {book: self.balance_of(rows) for book, rows in self.of_book().items()}
        registers = {name: self.balance_of(rows) for name, rows in self.papers.items()}
        regions = [
            {"region": region, **{book: _shown(self.balance_in(book, region)) for book in books}}
            for region in self.regions()
        ]
        every = [*books.values(), *registers.values()]
        return {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            **{book: _shown(found) for book, found in books.items()},
            "registers": {name: _shown(found) for name, found in registers.items()},
            "regions": regions,
            "balanced": all(b.balanced for b in every) and self._adds_up(books),
        }

    def _adds_up(self, books: dict[str, Balance]) -> bool:
        """The regions together are the whole."""
        return all(
            sum((self.balance_in(book, region) for region in self.regions()), Balance()) == whole
            for book, whole in books.items()
        )


def account(sources: Sources, first: date, last: date) -> Account:
    """Both books as of the sources' day, with the balance from `first` to `last`."""
    return Account(sources, first, last, papers.book(sources), cases.book(sources))


def _shown(b: Balance) -> dict[str, int]:
    return {
        "opening": b.opening, "new": b.new, "reinstated": b.reinstated, "written_off": b.written_off,
        "closing": b.closing,
    }  # fmt: skip
