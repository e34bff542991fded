"""签收: whether a copy came, and by which act that is known."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from domain.cases import Case
from domain.duties import Duty
from domain.entries import GRADES, Copy, Dossier, Entry, Evidence
from domain.terms import working_days_after
from gongze.books.rows import text_of
from gongze.books.sources import File, Sources

WORTH = frozenset(GRADES[: GRADES.index("attested_doc") + 1])
"""What closes a row: 有件 or better."""
UNPROVEN = "仅有口头代录或者有争议"
"""What is said of an act that closes no row."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One paper on its way to one agency. `sent_on` and `received_on` are the days that count; `counted_on` the day of
    the act by which the receipt is known. `what`: the type of the act that sent it, or that is to."""

    what: str
    to: str
    act: str | None
    sent_on: date | None
    due_on: date | None
    days_late: int | None
    received_on: date | None = None
    counted_on: date | None = None
    returned: bool = False
    grades: tuple[Evidence, ...] = ()
    disputed: bool = False

    @property
    def state(self) -> str:
        if self.sent_on is None:
            return "not_sent"
        if self.received_on is not None:
            return "acknowledged"
        return "returned" if self.returned else "sent"

    @property
    def evidence(self) -> Evidence | None:
        return weakest(self.grades) if self.grades else None

    @property
    def done(self) -> bool:
        """Sent and acknowledged, well enough attested, and disputed by nobody."""
        return self.received_on is not None and not self.disputed and set(self.grades) <= WORTH

    def json(self) -> dict[str, object]:
        return {
            "what": self.what, "to": self.to, "act": self.act, "sent_on": text_of(self.sent_on),
            "due_on": text_of(self.due_on), "days_late": self.days_late,
            "acknowledged_on": text_of(self.received_on), "state": self.state, "evidence": self.evidence,
        }  # fmt: skip

    @property
    def lacks(self) -> str | None:
        """Why it keeps the row open, with a place for its recipient's name."""
        if self.done:
            return None
        if self.disputed:
            return "送{}的记录有争议"
        match self.state:
            case "not_sent":
                return "未送{}"
            case "returned":
                return "{}退回，未补送"
            case "sent":
                return "{}未签收"
            case _:
                return "送{}仅有口头代录，未见书面依据"


def lacking(deliveries: Iterable[Delivery], sources: Sources) -> list[str]:
    """What is missing of several papers: a sentence for each reason, with all whom it concerns."""
    found: dict[str, list[str]] = {}
    for delivery in deliveries:
        if delivery.lacks is not None:
            found.setdefault(delivery.lacks, []).append(sources.name(delivery.to))
    return [why.format("、".join(dict.fromkeys(names))) for why, names in found.items()]


def weakest(grades: tuple[Evidence, ...]) -> Evidence:
    return max(grades, key=GRADES.index, default="signed")


def worth(entry: Entry) -> bool:
    """Whether an act is well enough attested to close a row, and disputed by nobody."""
    return not entry.disputed and entry.evidence in WORTH


def receipt(file: File[Dossier], copy: Copy) -> tuple[date, Entry] | None:
    """The day a copy was received and the entry that says so: the recipient's 签收, else its first answer in the same
    matter, which it could not give without having the paper."""
    if copy.acknowledged is not None and copy.acknowledged_on is not None:
        signed = file.entry(copy.acknowledged)
        return (copy.acknowledged_on, signed) if signed is not None else None
    if not isinstance(file.dossier, Case) or copy.returned:
        return None
    sent = file.entry(copy.act)
    about = set(sent.subjects.values()) if sent is not None else set()
    matters = about & (file.dossier.matters.keys() | file.dossier.suggestions.keys())
    after = False
    for entry in file.dossier.entries:
        answers = not entry.void and not entry.disputed and entry.act.agency == copy.recipient
        if after and answers and matters & set(entry.subjects.values()):
            return entry.on, entry
        after = after or entry.act.id == copy.act
    return None


def copies_of(file: File[Dossier], act: str) -> Iterator[Copy]:
    """The copies that an act sent, one for each recipient, as far as it is shown."""
    if file.sees(act):
        yield from (c for c in file.dossier.copies.values() if c.act == act)


def sent(file: File[Dossier], copy: Copy, duty: Duty | None, sources: Sources) -> Delivery:
    """A copy that was sent, with the duty that it discharges, if there is one."""
    entry = file.entry(copy.act)
    came = receipt(file, copy)
    if came is not None and not file.sees(came[1].act.id):
        came = None
    sent_on = file.day(entry) if entry is not None else copy.sent_on
    grades = tuple(e.evidence for e in (entry, came[1] if came else None) if e is not None)
    disputed = any(e.disputed for e in (entry, came[1] if came else None) if e is not None)
    due = (duty.strict_due_on or duty.due_on) if duty is not None else None
    late = working_days_after(due, sent_on, sources.rules.calendar, duty.region) if duty and due else None
    return Delivery(
        copy.type, copy.recipient, copy.act, sent_on, duty.due_on if duty else None, late,
        came[0] if came else None, file.day(came[1]) if came else None, copy.returned, grades, disputed,
    )  # fmt: skip


def owed(what: str, to: str, duty: Duty, sources: Sources) -> Delivery:
    """A paper that is owed to an agency and has not been sent."""
    last = duty.strict_due_on or duty.due_on
    late = working_days_after(last, sources.as_of, sources.rules.calendar, duty.region) if last else None
    return Delivery(what, to, None, None, duty.due_on, late)
