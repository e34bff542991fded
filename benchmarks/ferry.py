"""The ferry: all of a ledger exported to an agency, and opened there.

Beside them, as yardsticks of the same run: each act read from the store and decoded once, which whoever decides what is
shown must do; and each signature verified once, which whoever opens must do. An export asks the store for each stream by itself
(here they are short: two acts each), folds it, and reads back what it wrote before it signs it.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measuring import rate
from connectors.ferry import bundles, outbound
from connectors.ferry.bundles import Address, Parcel
from connectors.ferry.partner import Card, Partner
from events.cose import signed_by
from events.history import stored_act, stored_statement
from gongze.ledger import Ledger
from tests.exchange import NR, case_lines
from tests.ledger_fixture import extend, found, key_of, settings

CASES = 500
EXPORT_GOAL, OPEN_GOAL = 0.3, 0.2
"""Of the yardstick's rate."""


def run() -> None:
    with tempfile.TemporaryDirectory() as name, Ledger.create(settings(Path(name) / "ledger.db")) as ledger:
        found(ledger)
        extend(ledger, [one for number in range(CASES) for one in case_lines(number)])
        _measure(ledger, Path(name))


def _measure(ledger: Ledger, folder: Path) -> None:
    entries = list(ledger.entries())
    size, keys = len(entries), {key.kid: key.public for key in map(key_of, (f"{NR}/1",))}
    signed = [s for s in map(stored_statement, entries) if s.kid in keys]
    genesis = ledger.registry().genesis
    assert genesis is not None
    card = Card(genesis.name, key_of("log").public, NR)
    opener = key_of("encrypt")
    head = outbound.head(ledger.store, size)
    made: list[bytes] = []
    numbers = iter(range(1, 1_000))

    def export() -> int:
        items = tuple(outbound.items(ledger.store, NR, 0, size))
        address = Address("out", genesis.name, NR, 1, 1)
        made.append(
            bundles.write(address, Parcel(opener.public, head, 1, items, ()), key_of("log"), opener.public)
        )
        return size

    def open_() -> int:
        place = folder / str(next(numbers))
        Partner.join(place, card, 1)
        with Partner(place) as partner:
            partner.take(made[-1], opener)
            assert partner.standing().known.size == size
        return size

    _print(
        "export",
        export,
        "reading and decoding",
        lambda: sum(1 for e in ledger.entries() if stored_act(e)),
        EXPORT_GOAL,
    )
    print(f"one bundle of {len(made[-1]) // 1024} KB, {len(made[-1]) / size:.0f} bytes an act")
    _print(
        "opening",
        open_,
        "verifying signatures",
        lambda: sum(signed_by(keys[s.kid], s) for s in signed),
        OPEN_GOAL,
    )


def _print(
    what: str, work: Callable[[], int], beside: str, yardstick: Callable[[], int], goal: float
) -> None:
    figure, bare = rate(work), rate(yardstick)
    short = "" if figure / bare >= goal else "  NOT REACHED"
    print(f"{what}: {figure:.0f} acts/s, {figure / bare:.2f} of {beside} ({bare:.0f}/s); goal {goal}{short}")
