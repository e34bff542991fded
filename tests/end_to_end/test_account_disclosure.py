"""案件账 told to one agency says no more than the acts that the agency is shown: without the others its rows are the same.

Source: docs/two-books.md 谁看到什么; docs/disclosure.md.
"""

from typing import Any

import pytest

from domain.acts import Act
from domain.disclosure import Reader
from domain.forms import fields_of
from domain.values import Ref
from gongze.books import cases
from gongze.books.sources import File, Sources, gather, shown_to
from gongze.ledger import Ledger
from tests.worlds import day

OF_ALL = ("state", "closed_on", "missing")
"""Whether a row is on the books is told to all that have it, and how many reasons there are with it."""


@pytest.fixture(scope="module")
def whole(sample_year) -> Sources:
    with Ledger.open(sample_year.settings) as ledger:
        return gather(ledger, day("2026-06-30"))


def named(act: Act) -> set[str | None]:
    """The acts that an act names."""
    fields = fields_of(type(act.event)).values()
    return {v.act for f in fields if isinstance(v := getattr(act.event, f.attr), Ref)}


def without_the_hidden(file: File[Any], whole: Sources) -> File[Any] | None:
    """The case as if what is hidden had not been, where what is shown can stand without it."""
    assert file.reader is not None
    shown = tuple(a for a in file.dossier.acts if file.sight(a.id) == "all")
    hidden = {a.id for a in file.dossier.acts} - {a.id for a in shown}
    if not hidden or any(named(a) & hidden or a.type == "TransferAccepted" for a in shown):
        return None
    refolded = file.dossier.refold(shown, whole.registry)
    return File(refolded, file.duties, Reader(whole.registry, file.reader.viewer, file.dossier))


@pytest.mark.parametrize("kind", ["police", "government", "court", "procuratorate"])
def test_a_row_is_the_same_without_what_its_viewer_is_not_shown(whole, kind):
    compared = 0
    for agency in (f"{kind}.lhasa", f"{kind}.chengguan"):
        told = shown_to(agency, whole)
        clues = cases.clues_of(told)
        for file in told.cases:
            assert file.reader is not None
            other = without_the_hidden(file, whole)
            if file.dossier.filing is None or not file.reader.sees_it or other is None:
                continue
            one, two = (dict(cases.row_of(f, clues, told).shown) for f in (file, other))
            if one["state"] == two["state"] == "open":
                for row in (one, two):
                    row["reasons"] = [why for why in row["missing"] if why != cases.HIDDEN]
            assert {k: v for k, v in one.items() if k not in OF_ALL} == {
                k: v for k, v in two.items() if k not in OF_ALL
            }
            compared += 1
    assert compared
