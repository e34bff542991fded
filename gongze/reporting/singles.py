"""What a report says of one thing alone: how late one duty of its list is, how far one agreed item has come.

Their ids count the lines of the list (`overdue_days#3`) and tell nothing of what a line is about: the meeting's print
names no case, and a digest of a case's number is soon guessed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from domain import mechanism
from domain.duties import Duty
from gongze.books.sources import File
from gongze.reporting.definitions import SINGLES
from gongze.reporting.facts import Agreed, about_of
from gongze.reporting.figures import Figure, Group
from gongze.reporting.gathering import Gathered, Reader
from gongze.reporting.kept import Overdue


@dataclass(frozen=True, slots=True)
class Single:
    """`of`: the duty or the item itself, by which it is found again in another count."""

    of: tuple[str, ...]
    figure: Figure


def overdue(lines: Iterator[Overdue], name: str) -> Iterator[Single]:
    """The days of each line of a list of overdue duties, of that name."""
    for number, one in enumerate(lines, 1):
        counted = Group(one.days, about=[one.id])
        yield Single((one.case, one.id), Figure(f"{name}#{number}", SINGLES[name], one.days, ((counted,),)))


def confirmed(told: Gathered) -> list[Single]:
    """Of what is held against its holder: what the meeting is shown."""
    return list(overdue((o for o in told.overdue if o.counts), "overdue_days"))


def unconfirmed(told: Gathered) -> list[Single]:
    return list(overdue((o for o in told.overdue if not o.counts), "overdue_days_unconfirmed"))


def agreed(told: Gathered) -> list[Single]:
    """How far each agreed item has come, in words."""
    found = []
    for number, one in enumerate(told.agreed, 1):
        counted = Group(about=list(about_of(one)))
        figure = Figure(
            f"agreed_standing#{number}", SINGLES["agreed_standing"], None, ((counted,),),
            words=standing_of(one, told),
        )  # fmt: skip
        found.append(Single((one.meeting.id, one.item.no), figure))
    return found


def standing_of(one: Agreed, told: Gathered) -> str:
    if one.item.closed_on is not None:
        return "已办结"
    if one.overdue(told.asked.period):
        return "逾期未办结"
    return "已报告" if one.item.reported else "在办"


def every(told: Gathered) -> Iterator[Single]:
    yield from confirmed(told)
    yield from unconfirmed(told)
    yield from agreed(told)


def find(told: Gathered, id_: str) -> Single | None:
    """By a figure's id."""
    return (
        next((s for s in every(told) if s.figure.id == id_), None)
        if id_.partition("#")[0] in SINGLES
        else None
    )


def again(single: Single, told: Gathered) -> Figure:
    """The same thing in another count; with no value where it is no longer in any list."""
    found = next((s.figure for s in every(told) if s.of == single.of), None)
    return found or replace(single.figure, value=None, words=None, parts=())


def acts_of(duty: Duty, reader: Reader) -> Iterator[str]:
    """The acts that a duty's days follow from: which opened it, stopped its term, let it run on, extended or corrected it."""
    yield from (act for act in (duty.opened_by, duty.corrected_by, duty.discharged_by) if act)
    if duty.case.startswith(mechanism.PREFIX):
        return  # what a region owes runs without any
    days = {day for stop in duty.stopped for day in stop} | {duty.extended_on}
    file = File(reader.dossier(duty.case), ())
    for entry in file.dossier.entries:
        about = entry.subjects.get(duty.row.subject, duty.subject)
        moves = any(match.fits(entry) for match in (*duty.row.stopped_by, *duty.row.prolonged_by))
        if moves and file.day(entry) in days and duty.subject.startswith(about):  # "#2": its second round
            yield entry.act.id
