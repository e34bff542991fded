"""When the remedies against a decision have run out (RemedyTermExpired): computed, never signed.

Sources: 行政强制法 §53; 行诉解释 §156 (three months from the end of the suit term); 行政诉讼法 §45, §46;
行政复议法 §20; 土地管理法 §83. The suit term runs per item: fifteen days where land-law demolition is ordered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from domain.calendar import Calendar
from domain.cases.model import Case, Decision
from domain.terms import Term, counted


@dataclass(frozen=True, slots=True)
class RemedyTerms:
    """The windows' terms as the packs give them: (remedy, group) → term; group "" holds for every group."""

    terms: Mapping[tuple[str, str], Term] = field(default_factory=dict)

    def with_term(self, remedy: str, group: str | None, term: Term) -> "RemedyTerms":
        return replace(self, terms={**self.terms, (remedy, group or ""): term})

    def of(self, remedy: str, group: str) -> Term | None:
        return self.terms.get((remedy, group)) or self.terms.get((remedy, ""))


@dataclass(frozen=True, slots=True)
class Expiry:
    """The remedies of one group of items: the suit term's end, the earliest and the latest of all ends.

    `superseded`: a review or suit that was taken up in time, with its day; then this expiry gives no right.
    """

    decision: str
    group: str
    items: tuple[str, ...]
    cause: str
    suit_on: date
    earliest_on: date
    latest_on: date
    superseded: tuple[date, str] | None = None


def expiries(
    case: Case, terms_on: Callable[[date], RemedyTerms], calendar: Calendar, region: str
) -> tuple[Expiry, ...]:
    """All expiries of a case's decisions. `terms_on`: the remedies' terms as of a day of service."""
    violation = case.filed.violation
    found: list[Expiry] = []
    for decision in case.decisions.values():
        if decision.power == "own" or not decision.served:
            continue
        terms = terms_on(max(day for _, day in decision.served.values()))
        for group, items in decision.groups(violation).items():
            found += _of_group(case, decision, group, items, terms, calendar, region)
    return tuple(found)


def _of_group(
    case: Case,
    decision: Decision,
    group: str,
    items: tuple[str, ...],
    terms: RemedyTerms,
    calendar: Calendar,
    region: str,
) -> list[Expiry]:
    suit, review = terms.of("suit", group), terms.of("review", group)
    if suit is None:
        return []

    def end(term: Term, day: date) -> date:
        last = counted(term, day, calendar, region).due_on
        assert last is not None
        return last

    days = [day for _, day in decision.served.values()]
    suits = [end(suit, d) for d in days]
    reviews = [end(review, d) for d in days] if review else []
    every = suits + reviews
    of_decision = [r for r in case.remedies.values() if r.decision == decision.act]
    last_day = {"review": max(reviews, default=None), "lawsuit": max(suits)}
    in_time = sorted(
        (r.on, r.act) for r in of_decision if (last := last_day[r.kind]) is not None and r.on <= last
    )
    after = terms.of("suit_after_review", group)
    reviewed = {
        r.act: (r.effective_on, end(after, r.effective_on))
        for r in of_decision
        if after
        and r.kind == "review"
        and r.decided_by is not None
        and r.effective_on is not None
        and r.outcome in ("upheld", "changed", "withdrawn")
    }
    after_review = [
        (r.on, r.act)
        for r in of_decision
        if r.kind == "lawsuit" and any(first <= r.on <= last for first, last in reviewed.values())
    ]
    cause = max(decision.served, key=lambda a: decision.served[a][1])
    found = [
        Expiry(
            decision.act,
            group,
            items,
            cause,
            min(suits),
            min(every),
            max(every),
            in_time[0] if in_time else None,
        )
    ]
    reviews_of = {r.act for r in of_decision if r.kind == "review"}
    timely = sorted({*in_time, *after_review})
    for remedy in of_decision:
        if remedy.decided_by is None or remedy.effective_on is None:
            continue
        later = [t for t in timely if t[0] >= remedy.effective_on and t[1] != remedy.act]
        if remedy.act in reviewed:
            last = reviewed[remedy.act][1]
            # a suit is bound by the fifteen days, a further review by the sixty alone
            superseded = next((t for t in later if t[0] <= last or t[1] in reviews_of), None)
            found.append(Expiry(decision.act, group, items, remedy.decided_by, last, last, last, superseded))
        if remedy.kind == "lawsuit" and remedy.outcome in ("suit_dismissed", "withdrawn"):
            last = remedy.effective_on
            superseded = later[0] if later else None
            found.append(Expiry(decision.act, group, items, remedy.decided_by, last, last, last, superseded))
    return found
