"""The rows that a case, or the registry, amounts to: pure, so that a board of a past day shows the same rows as the
stored ones, computed from acts folded anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

from domain.acts import Act
from domain.cases import Case, Entry
from domain.cases.model import Application, Ruling
from domain.dossiers import stream_of
from domain.duties import Duty, Pack
from domain.entries import GRADES, Dossier, Evidence, counts_on
from domain.registry import Registry

Row = dict[str, Any]
"""A row as it is stored, by column; a list or mapping is JSON."""

COPIES = {"application": "ApplicationCopied", "acceptance": "AcceptanceCopied", "ruling": "RulingCopied"}
"""三抄送: the copies of the enforcement register, each with the act that makes it."""


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act in the timeline. `data` is as signed; `occurred_on` too; what follows from later acts is as corrected.

    `evidence` is the grade of what the act establishes: below `signed` while it stands for another agency's act
    that this agency has not stated itself. `irregular` is what was irregular when the act was recorded
    ({code, source, what}), except that a key's revocation adds `key_in_doubt`.
    """

    index: int
    stream: str
    version: int
    statement: str
    type: str
    type_zh: str
    agency: str
    signer: str
    officer: str
    key: str
    occurred_on: date
    received_at_ms: int
    counts_on: date
    evidence: str
    recipient: str | None
    subjects: Mapping[str, str]
    data: Mapping[str, Any]
    corrected_by: str | None
    irregular: Sequence[Mapping[str, str]]


LATER = ("counts_on", "evidence", "recipient", "subjects", "corrected_by")
"""What of an act's row later acts can change."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A dossier: a case or, with little more than its id, a meeting, a referral, a reconciliation (`kind`).

    On a day from `last_counts_on` on its stored duties are exact; for an earlier one it is folded anew. `nr` is the last
    department known, also where the day on which it takes over is yet to come.
    `applications` and `duties` count its rows in the other tables: what proves that none is missing there.
    """

    case: str
    kind: str
    title: str | None
    nr: str | None
    parties: Mapping[str, str]
    region: str | None
    address: str | None
    violation: str | None
    filed_on: date | None
    closed_on: date | None
    last_index: int
    last_counts_on: date
    applications: int = 0
    duties: int = 0


@dataclass(frozen=True, slots=True)
class Copied:
    """One copy in the register: the act, the day that counts, the acknowledged day, the duty it discharges."""

    copy: str | None
    copied_on: date | None
    acknowledged_on: date | None
    duty: str | None


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """One line of the enforcement register. Where several rulings grant, the first is the one in it.

    `received_on` is the day the notice of acceptance was obtained. `outcome` is "" while the court examines, else
    withdrawn, not_filed, not_accepted, refused, granted, partly_granted, completed, terminated or suspended.
    """

    case: str
    statement: str
    number: str | None
    decision: str
    court: str
    parties: Sequence[str]
    applied_on: date
    accepted_on: date | None
    review_case_no: str | None
    received_on: date | None
    ruling: str | None
    ruling_no: str | None
    granted_on: date | None
    ruling_received_on: date | None
    outcome: str
    evidence: str
    application_copy: str | None
    application_copied_on: date | None
    application_acknowledged_on: date | None
    application_duty: str | None
    acceptance_copy: str | None
    acceptance_copied_on: date | None
    acceptance_acknowledged_on: date | None
    acceptance_duty: str | None
    ruling_copy: str | None
    ruling_copied_on: date | None
    ruling_acknowledged_on: date | None
    ruling_duty: str | None

    @property
    def copies(self) -> dict[str, Copied]:
        """The three copies by name: application, acceptance, ruling."""
        return {
            name: Copied(*(getattr(self, f"{name}_{field.name}") for field in fields(Copied)))
            for name in COPIES
        }


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """机构. `modes` are [from, mode] by day; `keys` counts those that may sign now."""

    id: str
    kind: str
    name: str
    level: str
    region: str
    modes: Sequence[Sequence[str]]
    officers: Sequence[Mapping[str, str]]
    keys: int
    root_countersigned: bool

    def mode(self, on: date) -> str:
        """参与方式 on a day."""
        begun = [mode for since, mode in self.modes if since <= on.isoformat()]
        return begun[-1] if begun else "paper"


def stored(row: ActRow | CaseRow | ApplicationRow | AgencyRow) -> Row:
    """The row as it is stored. What it holds is plain already, and nobody changes it."""
    return {name: getattr(row, name) for name in row.__slots__}


# --- a case -------------------------------------------------------------------------------------------------


def known_until(dossier: Dossier) -> date:
    """The latest day that an act of the dossier counts on, or that it changes hands: from then on nothing of it is yet to
    come. A boundary change is announced ahead, and until its day everything is still the old department's."""
    days = [counts_on(entry, dossier.copies) for entry in dossier.entries]
    if isinstance(dossier, Case):
        days += [since for since, _ in dossier.holders]
    return max(days)


def dossier_row(dossier: Dossier, registry: Registry) -> CaseRow:
    if isinstance(dossier, Case):
        return case_row(dossier)
    home = dossier.home(registry)
    kind = stream_of(dossier.id).partition("/")[0]
    return CaseRow(
        dossier.id, kind, None, home, {}, None, None, None, dossier.acts[0].occurred_on, None,
        dossier.acts[-1].index, known_until(dossier),
    )  # fmt: skip


def case_row(case: Case) -> CaseRow:
    filing = case.filing
    return CaseRow(
        case=case.id,
        kind="case",
        title=filing.title if filing else None,
        nr=filing.nr if filing else None,
        parties=dict(filing.parties) if filing else {},
        region=filing.place.region if filing else None,
        address=filing.place.address if filing else None,
        violation=filing.violation if filing else None,
        filed_on=filing.filed_on if filing else None,
        closed_on=case.closed_on,
        last_index=case.acts[-1].index,
        last_counts_on=known_until(case),
    )


def application_rows(case: Case, duties: Iterable[Duty]) -> list[ApplicationRow]:
    """The case's lines of the enforcement register, with its duties as of the same day."""
    duties = tuple(duties)
    return [_application_row(case, application, duties) for application in case.applications.values()]


def _application_row(case: Case, application: Application, duties: tuple[Duty, ...]) -> ApplicationRow:
    granting = [
        r for r in case.rulings.values()
        if r.application == application.act and r.result == "granted" and not r.revoked
    ]  # fmt: skip
    ruling = granting[0] if granting else None
    names = case.filing.parties if case.filing else {}
    subjects = {
        "application": application.act,
        "acceptance": application.act,
        "ruling": ruling.act if ruling else "",
    }
    copies = {name: _copied(case, duties, type_, subjects[name]) for name, type_ in COPIES.items()}
    return ApplicationRow(
        case=case.id,
        statement=application.act,
        number=application.no,
        decision=application.decision,
        court=application.court,
        parties=[names[p] for p in application.parties if p in names],
        applied_on=application.applied_on,
        accepted_on=application.accepted_on,
        review_case_no=application.review_case_no,
        received_on=application.received_on,
        ruling=ruling.act if ruling else None,
        ruling_no=ruling.no if ruling else None,
        granted_on=ruling.made_on if ruling else None,
        ruling_received_on=ruling.received_on if ruling else None,
        outcome=_outcome(case, application, ruling),
        evidence=_weakest(
            e.evidence for e in case.entries if e.subjects.get("application") == application.act
        ),
        **{
            f"{name}_{field}": value for name, copy in copies.items() for field, value in asdict(copy).items()
        },
    )


def _outcome(case: Case, application: Application, granted: Ruling | None) -> str:
    if application.ended:
        return application.ended
    if application.suspended:
        return "suspended"
    if granted is None:
        return ""
    whole = set(granted.items) >= set(application.items) and not any(
        e.subjects.get("ruling") == granted.act and getattr(e.act.event, "result", None) == "partly_granted"
        for e in case.entries
    )
    return "granted" if whole else "partly_granted"


def _copied(case: Case, duties: tuple[Duty, ...], type_: str, subject: str) -> Copied:
    """A copy is in the register once it discharges its duty; one sent to the wrong agency does not."""
    duty = next(
        (d for d in duties if d.subject == subject and any(m.event == type_ for m in d.row.discharged_by)),
        None,
    )
    if duty is None:
        return Copied(None, None, None, None)
    copy = case.copies.get(duty.discharged_by or "")
    return Copied(duty.discharged_by, duty.discharged_on, copy.acknowledged_on if copy else None, duty.id)


def _weakest(grades: Iterable[Evidence]) -> Evidence:
    return max(grades, key=GRADES.index, default="signed")


def later_of_acts(case: Dossier) -> dict[int, Row]:
    """For each act of a dossier, by index, what later acts can change of its row."""
    corrections = case.corrections if isinstance(case, Case) else {}
    own: dict[int, Entry] = {}
    grades: dict[int, list[Evidence]] = {}
    for entry in case.entries:
        grades.setdefault(entry.act.index, []).append(entry.evidence)
        if entry.stands_for is None:
            own[entry.act.index] = entry
    return {
        index: {
            "counts_on": counts_on(entry, case.copies),
            "evidence": _weakest(grades[index]),
            "recipient": entry.to,
            "subjects": dict(entry.subjects),
            "corrected_by": (corrections.get(entry.act.id) or (None,))[-1],
        }
        for index, entry in own.items()
    }


def later_of_registry_act(act: Act) -> Row:
    """The same for an act of the registry, which later ones never change."""
    return {
        "counts_on": act.occurred_on, "evidence": "signed", "recipient": None, "subjects": {}, "corrected_by": None,
    }  # fmt: skip


# --- duties -------------------------------------------------------------------------------------------------

_MOMENTS = ("opened_at", "due_at", "discharged_at")
_PLAIN = tuple(f.name for f in fields(Duty) if f.name not in ("row", "recipients", "stopped", *_MOMENTS))


def duty_row(duty: Duty, packs: Mapping[str, Pack]) -> Row:
    """A duty without its pack's row, of which only the place is kept."""
    pack = next(digest for digest, pack in packs.items() if pack.by_id.get(duty.row.id) is duty.row)
    plain = {name: getattr(duty, name) for name in _PLAIN}
    stopped = [[day and day.isoformat() for day in stop] for stop in duty.stopped]
    return {
        **plain,
        "pack": pack,
        "row": duty.row.id,
        "recipients": list(duty.recipients),
        "stopped": stopped,
        **{name: moment and moment.isoformat() for name in _MOMENTS for moment in (getattr(duty, name),)},
    }


def duty_of(row: Mapping[str, Any], packs: Mapping[str, Pack]) -> Duty:
    """The duty that `duty_row` stored."""
    rule = packs[row["pack"]].by_id[row["row"]]
    stopped = tuple((date.fromisoformat(a), b and date.fromisoformat(b)) for a, b in row["stopped"])
    moments: dict[str, Any] = {name: row[name] and datetime.fromisoformat(row[name]) for name in _MOMENTS}
    return Duty(
        row=rule, recipients=tuple(row["recipients"]), stopped=stopped, **moments,
        **{name: row[name] for name in _PLAIN},
    )  # fmt: skip


# --- agencies -----------------------------------------------------------------------------------------------


def agency_rows(registry: Registry) -> list[AgencyRow]:
    return [
        AgencyRow(
            id=agency.id,
            kind=agency.kind,
            name=agency.name,
            level=agency.level,
            region=agency.region,
            modes=[[since.isoformat(), mode] for since, mode in registry.modes.get(agency.id, ())],
            officers=_officers(registry, agency.id),
            keys=sum(k.agency == agency.id and k.revoked_at is None for k in registry.keys.values()),
            root_countersigned=_countersigned(registry, agency.root_key_id),
        )
        for agency in registry.agencies.values()
    ]


def _officers(registry: Registry, agency: str) -> list[dict[str, str]]:
    """Their days are text, as JSON has none; `released_on` only where there is one."""
    found = []
    for officer in registry.officers.values():
        if officer.agency == agency:
            shown = {"id": officer.id, "name": officer.name, "valid_from": officer.valid_from.isoformat()}
            if officer.released_on is not None:
                shown["released_on"] = officer.released_on.isoformat()
            found.append(shown)
    return found


def _countersigned(registry: Registry, root: str | None) -> bool:
    key = registry.keys.get(root or "")
    return key is not None and key.revoked_at is None and bool(key.countersigned_by)
