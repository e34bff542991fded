"""gongze simulate: the same seed gives the same log everywhere; it can be broken off, run again, and steered."""

import json
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from domain.acts import EVENTS
from gongze.ledger import Ledger
from gongze.settings import load
from gongze.simulation import Plan
from gongze.simulation.running import Outcome, run

SMALL: dict[str, Any] = {"cases": 20, "seed": 5, "since": date(2025, 1, 1), "until": date(2025, 12, 31)}
ON_PURPOSE = {"date_in_future", "not_authorised", "schema_invalid", "case_rule_broken"}
NEVER_TOLD = {"EnforcementDecisionMade"}
"""Of departments with enforcement power of their own, which the locality has none of."""


@dataclass
class Place:
    folder: Path
    url: str = ""

    @property
    def settings(self) -> Any:
        return replace(
            load({}), database_url=self.url or f"sqlite:///{self.folder}/ledger.db", data_dir=self.folder
        )

    def run(self, plan: Plan, stop_after: int | None = None) -> Outcome:
        """Run it; or begin, and be interrupted once so many lines are through."""

        def interrupt(done: int) -> None:
            if stop_after is not None and done > stop_after:
                raise KeyboardInterrupt

        return run(self.settings, plan, interrupt)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Outcome]:
    place = Place(tmp_path_factory.mktemp("first"))
    return place, place.run(Plan.of(**SMALL))


def test_the_same_seed_gives_the_same_log_in_another_folder_and_database(first, tmp_path, postgres_database):
    _, outcome = first
    elsewhere = Place(tmp_path, postgres_database).run(Plan.of(**SMALL))
    assert (elsewhere.root, elsewhere.size) == (outcome.root, outcome.size)
    assert elsewhere == outcome
    assert outcome.unexpected == []
    assert outcome.added == sum(outcome.types.values()) > 300


def test_run_again_it_adds_nothing(first):
    place, outcome = first
    again = place.run(Plan.of(**SMALL))
    assert (again.added, again.present, again.root) == (0, outcome.added, outcome.root)
    assert (again.types, again.unexpected) == (outcome.types, [])


@pytest.mark.parametrize("after", [0, 150])
def test_broken_off_it_goes_on_to_the_same_log(first, tmp_path, after):
    _, outcome = first
    place = Place(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        place.run(Plan.of(**SMALL), stop_after=after)
    with Ledger.open(place.settings) as ledger:
        assert ledger.store.head().size < outcome.size
    on = place.run(Plan.of(**SMALL))
    assert (on.root, on.types) == (outcome.root, outcome.types)
    assert on.present > 0


def test_another_seed_another_size_or_another_habit_tells_something_else(tmp_path):
    habits = tmp_path / "habits.toml"
    habits.write_text("[lateness.PenaltyServed]\nshare = 1\nmost = 5\n")
    plans = [Plan.of(**{**SMALL, **other}) for other in
             ({}, {"seed": 6}, {"cases": 21}, {"until": date(2025, 11, 30)}, {"habits": habits})]  # fmt: skip
    assert len({plan.digest for plan in plans}) == len(plans)
    told = {json.dumps([sent.line for sent in islice(plan.sent(), 200)]) for plan in plans}
    assert len(told) >= 4  # only the last day is not told by the first two hundred lines


def test_what_is_refused_is_so_on_purpose_whatever_way_a_case_goes(tmp_path):
    """Every course about equally often, more faults than usual, two more agencies on paper."""
    habits = tmp_path / "habits.toml"
    courses = Plan.of(**SMALL).habits.of["courses"]
    habits.write_text(
        "[courses]\n" + "".join(f"{name} = 1\n" for name in courses)
        + "[faults]\nmistaken = 0.05\nwrong_order = 0.1\nresent = 0.05\nclock_back = 0.05\n"
        + '[agencies."police.duilong"]\non_paper = 250\n[agencies."government.chengguan"]\non_paper = -1\n'
    )  # fmt: skip
    outcome = Place(tmp_path).run(Plan.of(170, 11, date(2024, 7, 1), date(2026, 6, 30), habits))
    assert outcome.unexpected == []
    assert {"date_in_future", "not_authorised"} <= outcome.refused.keys() <= ON_PURPOSE
    assert outcome.resent > 50
    case_acts = {name for name, kind in EVENTS.items() if kind.stream != "registry"}
    assert len(case_acts - outcome.types.keys() - NEVER_TOLD) < 8  # what hangs on chance within a course
