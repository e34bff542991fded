"""Alerts put together: what the duties of a day have reached, who is meant, how they are reached, and the sending.

Whom a lateness is told to outside the holder is asked of the dossier, and only those are told whom `domain.disclosure`
shows the duty to. Whether a message is still true is asked again at the moment of sending.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import chain

from connectors import mail, robots, webhooks
from connectors.robots import Robot
from connectors.sending import Item, Message, SendFailed
from connectors.webhooks import Webhook
from domain.alerts import ROLE_ZH, RUNNING, WITHIN, Occasion, alert_id, occasions, stage_zh
from domain.disclosure import Reader
from domain.duties import DUE_SOON_DAYS, STATE_ZH, Duty, Rules, Standing, duties_of, late_counts, state
from domain.entries import Dossier
from domain.mechanism import PREFIX, Mechanism, department_of
from domain.refusal import Refusal
from domain.registry import Registry
from gongze.contacts import Contacts
from gongze.ledger import Ledger
from projections import reading
from projections.databases import Database
from scheduler import alerts as kept
from scheduler import outbox
from scheduler.alerts import Alert, Key
from scheduler.jobs import Works
from scheduler.leader import Deposed, Leadership, Term
from scheduler.outbox import Parcel

HORIZON = timedelta(days=31)
"""No three working days are longer than this, whatever the holidays."""
DIGEST, DIGEST_LINES = "digest", 30
UNTOLD = ("discipline/",)
"""Dossiers of which nothing leaves the ledger but a number: their very existence is secret (拉萨实施意见 三（二）)."""


@dataclass(slots=True)
class Done:
    """What a round of alerts came to."""

    looked_at: int = 0
    opened: int = 0
    unreached: int = 0
    closed: int = 0
    queued: int = 0
    again: int = 0

    def __str__(self) -> str:
        unreached = f"（其中 {self.unreached} 条没有可用的联系方式）" if self.unreached else ""
        text = f"查看 {self.looked_at} 项责任，新提醒 {self.opened} 条{unreached}，解除 {self.closed} 条"
        again = f"，放弃过的再试 {self.again} 条" if self.again else ""
        return f"{text}，排入待发 {self.queued} 条{again}"


class Day:
    """The duties of one day that somebody may have to hear of."""

    def __init__(self, ledger: Ledger, day: date) -> None:
        ledger.catch_up()
        self.ledger, self.day = ledger, day
        self.rules: Rules = ledger.rules()
        with ledger.projections.reading() as connection:
            self.anew = reading.cases_counting_after(connection, day)
        self._dossiers: dict[str, Dossier] = {}
        self._duties: dict[str, Mapping[str, Duty]] = {}

    @cached_property
    def mechanisms(self) -> dict[str, Mechanism]:
        """What is owed in each region apart from any case."""
        return {m.id: m for m in self.ledger.mechanisms(self.rules.registry)}

    def pressing(self, holder: str | None = None) -> Iterator[Duty]:
        """The duties near or past their last day, those of one agency where it is named."""
        skipped = set(self.anew)
        with self.ledger.projections.reading() as connection:
            for duty in reading.pressing(connection, self.rules, self.day + HORIZON, holder=holder):
                if duty.case not in skipped:
                    yield duty
        dossiers = (*map(self.dossier, self.anew), *self.mechanisms.values())
        for dossier in dossiers:
            owed = duties_of(dossier, self.rules, self.day)
            yield from (d for d in owed if holder in (None, d.holder))

    def of_case(self, case: str) -> Mapping[str, Duty]:
        """The duties of one dossier by their ids, kept while they are looked at: alerts come case by case."""
        if case not in self._duties:
            self._duties = {case: self._of_case(case)}
        return self._duties[case]

    def _of_case(self, case: str) -> Mapping[str, Duty]:
        if case.startswith(PREFIX) or case in self.anew:
            return {d.id: d for d in duties_of(self.dossier(case), self.rules, self.day)}
        with self.ledger.projections.reading() as connection:
            return {d.id: d for d in reading.duties(connection, self.rules, case=case)}

    def standing(self, duty: Duty) -> tuple[Standing, bool]:
        """How it stands, and whether its lateness counts."""
        return state(duty, self.day, self.rules), late_counts(duty, self.rules.registry, self.day)

    def occasions(self, duty: Duty) -> Iterator[Occasion]:
        standing, counts = self.standing(duty)
        return occasions(duty, standing, counts, self.day, self.rules.calendar)

    def dossier(self, case: str) -> Dossier:
        """One dossier, kept while its duties are looked at: they come one after the other."""
        if case.startswith(PREFIX):
            return self.mechanisms[case]
        if case not in self._dossiers:
            self._dossiers = {case: self.ledger.dossier(case, registry=self.rules.registry)}
        return self._dossiers[case]

    def readers(self, duty: Duty, role: str) -> tuple[str, ...]:
        """The agencies that are meant by a role of a duty."""
        registry = self.rules.registry
        holder = registry.agencies.get(duty.holder)
        if holder is None:
            return ()  # no route says who owes it: that is on the duty board
        if role in WITHIN:
            return (holder.id,)
        if role == "higher":
            return (holder.parent,) if holder.parent in registry.agencies and holder.parent else ()
        dossier = self.dossier(duty.case)
        if role == "meeting":
            home = registry.agencies.get(dossier.home(registry, self.day))
            found = department_of(home.region, registry) if home is not None else None
            meant: tuple[str, ...] = (found,) if found is not None else ()
        else:
            meant = dossier.meant(role, {}, None, self.day, registry)
        return tuple(a for a in meant if a != holder.id and self._may_know(a, duty, dossier))

    def _may_know(self, agency: str, duty: Duty, dossier: Dossier) -> bool:
        if agency not in self.rules.registry.agencies:
            return False
        return isinstance(dossier, Mechanism) or Reader(self.rules.registry, agency, dossier).sees_duty(
            duty, {agency}
        )


def remind(ledger: Ledger, database: Database, term: Term, contacts: Contacts, on: date) -> Done:
    """Open what a day has reached, close what is over, and queue what is open to all who can be reached by now. Running it
    twice changes nothing. Raises Deposed."""
    day, done = Day(ledger, on), Done()
    with database.reading() as connection:
        known = kept.open_keys(connection)
    reached: set[Key] = set()
    waiting: list[Alert] = []
    for duty in day.pressing():
        done.looked_at += 1
        for occasion in day.occasions(duty):
            key = (duty.case, duty.id, occasion.on, occasion.stage, occasion.role)
            reached.add(key)
            if key not in known:
                waiting += _alerts(day, duty, occasion)
        if len(waiting) >= kept.CHUNK:
            _open(ledger, database, term, contacts, day, waiting, done)
            waiting = []
    _open(ledger, database, term, contacts, day, waiting, done)
    _close(ledger, database, term, day, {k: ids for k, ids in known.items() if k not in reached}, done)
    _queue(ledger, database, term, contacts, day, done)
    return done


def _alerts(day: Day, duty: Duty, occasion: Occasion) -> Iterator[Alert]:
    for agency in day.readers(duty, occasion.role):
        yield Alert(
            alert_id(duty, occasion, agency), duty.case, duty.id, duty.row.id, duty.row.name_zh, duty.row.source,
            duty.holder, occasion.stage, occasion.on, agency, occasion.role, day.day,
        )  # fmt: skip


def _open(
    ledger: Ledger,
    database: Database,
    term: Term,
    contacts: Contacts,
    day: Day,
    alerts: list[Alert],
    done: Done,
) -> None:
    if not alerts:
        return
    with database.writing() as connection:
        opened = kept.open_new(connection, term, alerts, ledger.now_ms())
    done.opened += opened
    if opened:
        readers = Counter((one.agency, one.role) for one in alerts)
        done.unreached += sum(n for reader, n in readers.items() if not _addresses(contacts, day, *reader))


def _addresses(contacts: Contacts, day: Day, agency: str, role: str) -> list[tuple[str, str]]:
    """The channels and recipients of one reader."""
    within = role if role in WITHIN else "officer"  # outside the holder whoever liaises there
    registry = day.rules.registry
    found = (contacts.addresses(registry, agency, one, day.day) for one in (within, role))
    return list(dict.fromkeys(chain.from_iterable(found)))


def _queue(ledger: Ledger, database: Database, term: Term, contacts: Contacts, day: Day, done: Done) -> None:
    with database.reading() as connection:
        readers = kept.readers(connection)
    addresses = {reader: _addresses(contacts, day, *reader) for reader in readers}
    with database.writing() as connection:
        whole = not contacts.faults
        done.queued = kept.queue_open(connection, term, addresses, ledger.now_ms(), whole=whole)
        done.again = outbox.resend_cured(connection, term, contacts.stamp, ledger.now_ms())


def _close(
    ledger: Ledger, database: Database, term: Term, day: Day, over: Mapping[Key, Sequence[str]], done: Done
) -> None:
    """Say of each why it is over; the duties of a case are read once."""
    closed: list[tuple[str, str]] = []
    duties: Mapping[str, Duty] = {}
    case = ""
    for key in sorted(over):
        if key[0] != case:
            case, duties = key[0], day.of_case(key[0])
        closed += [(id_, _why(day, duties.get(key[1]), key)) for id_ in over[key]]
    for group in kept.chunks(closed):
        with database.writing() as connection:
            kept.close(connection, term, group, day.day, ledger.now_ms())
    done.closed += len(closed)


def _why(day: Day, duty: Duty | None, key: Key) -> str:
    if duty is None:
        return "已不再负有"
    standing, _ = day.standing(duty)
    if standing.state in ("open", "due_soon", "overdue", "extended"):
        moved = key[2] not in (duty.strict_due_on or duty.due_on, duty.warn_on)
        return "期限已变更" if moved else "已有后一步提醒"
    return STATE_ZH[standing.state]


# --- sending --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Sent:
    """What a round of sending came to."""

    sent: int = 0
    dropped: int = 0
    failed: int = 0
    given_up: int = 0

    def __bool__(self) -> bool:
        return bool(self.sent or self.dropped or self.failed or self.given_up)

    def __str__(self) -> str:
        return (
            f"发出 {self.sent} 条，不必再发 {self.dropped} 条，未成 {self.failed} 条，放弃 {self.given_up} 条"
        )


def send(
    ledger: Ledger, database: Database, leadership: Leadership, term: Term, contacts: Contacts, works: Works
) -> Sent:
    """Send what is to be sent now, each recipient's alerts together. Raises Deposed."""
    done = Sent()
    with database.reading() as connection:
        parcels = outbox.due(connection, ledger.now_ms())
    for parcel in parcels:
        _send(ledger, database, leadership, term, contacts, works, parcel, done)
    return done


def _send(
    ledger: Ledger, database: Database, leadership: Leadership, term: Term, contacts: Contacts, works: Works, parcel: Parcel,
    done: Sent,
) -> None:  # fmt: skip
    with database.writing() as connection:
        claimed = outbox.claim(connection, term, parcel)
    with database.reading() as connection:
        alerts = kept.called(connection, claimed)
    day = Day(ledger, ledger.today())  # as late as can be: what was discharged a moment ago is not sent
    if parcel.channel == DIGEST:
        found = _digest(day, ledger.registry(), parcel.recipient)
        told, items = (claimed[-1:], found) if found else ((), ())  # of several weeks only the last
    else:
        stand = [alerts[id_] for id_ in claimed if _stands(day, alerts[id_])]
        told, items = tuple(one.id for one in stand), tuple(_items(day, stand, parcel.channel))
    over = [id_ for id_ in claimed if id_ not in told]
    if over:
        with database.writing() as connection:
            term.check(connection)
            outbox.drop(connection, over, ledger.now_ms(), parcel)
        done.dropped += len(over)
    if not told:
        return
    if leadership.held() is None:
        raise Deposed(term.name)
    try:
        _hand_over(contacts, parcel, _message(contacts, parcel, told, items, ledger.now_ms()))
    except SendFailed as failure:
        with database.writing() as connection:
            given_up = outbox.failed(
                connection, term, parcel, told, ledger.now_ms(),
                reason=str(failure), permanent=failure.permanent and not contacts.faults, works=works,
                contacts=contacts.stamp,
            )  # fmt: skip
        done.failed += len(told) - given_up
        done.given_up += given_up
    else:
        with database.writing() as connection:
            outbox.sent(connection, term, parcel, told, ledger.now_ms())
        done.sent += len(told)


def _hand_over(contacts: Contacts, parcel: Parcel, message: Message) -> None:
    """Raises SendFailed."""
    person, door = contacts.people.get(parcel.recipient), contacts.doors.get(parcel.recipient)
    match parcel.channel:
        case "mail" | "digest" if (
            person is not None and person.mail is not None and contacts.smtp is not None
        ):
            mail.send(contacts.smtp, person.mail, message)
        case "sms" if person is not None and person.mobile is not None and contacts.sms is not None:
            webhooks.send_sms(contacts.sms, person.mobile, message)
        case "webhook" if door is not None and isinstance(door.to, Webhook):
            webhooks.send(door.to, message)
        case "wecom" | "dingtalk" if door is not None and isinstance(door.to, Robot):
            robots.send(door.to, message)
        case _:
            raise SendFailed("通讯录里没有这个联系方式，或写错了", permanent=True)


def _message(
    contacts: Contacts, parcel: Parcel, told: Sequence[str], items: Sequence[Item], at_ms: int
) -> Message:
    """One message; its id follows from what it tells and to whom."""
    parts = "|".join((parcel.channel, parcel.recipient, *sorted(told)))
    link, subject = contacts.desk_url, f"共责台账提醒 {len(items)} 项"
    if parcel.channel == DIGEST:
        subject = "共责台账一周摘要"
    elif link is not None and len(items) == 1:
        link = f"{link.rstrip('/')}/duties/{items[0].number}"
    return Message(hashlib.sha256(parts.encode()).hexdigest()[:32], subject, tuple(items), link, at_ms)


def _stands(day: Day, alert: Alert) -> bool:
    """Whether what an alert says is true, and its reader's business, as it is now."""
    duty = day.of_case(alert.case).get(alert.duty)
    if duty is None or alert.closed_on is not None:
        return False
    reached = {(o.stage, o.role, o.on) for o in day.occasions(duty)}
    return (alert.stage, alert.role, alert.due_on) in reached and alert.agency in day.readers(
        duty, alert.role
    )


def _items(day: Day, alerts: Sequence[Alert], channel: str) -> Iterator[Item]:
    """What one recipient is told: people of each duty once, however many stages of it they are to hear of; another
    agency's program of each alert."""
    together: dict[tuple[str, str, str], list[Alert]] = {}
    for alert in alerts:
        apart = alert.id if channel == "webhook" else alert.agency
        together.setdefault((alert.case, alert.duty, apart), []).append(alert)
    for of_duty in together.values():
        yield _item(day, of_duty)


def _item(day: Day, alerts: Sequence[Alert]) -> Item:
    """What is told of the alerts of one duty."""
    alert = alerts[-1]
    duty = day.of_case(alert.case)[alert.duty]
    if alert.case.startswith(UNTOLD):
        return Item(
            alert.duty, "一项责任（内容请到台账查看）", (), {"number": alert.duty, "stage": alert.stage}
        )
    standing, counts = day.standing(duty)
    doubt = None if counts or standing.state != "overdue" else _doubt(duty)
    return Item(
        alert.duty, f"{duty.row.name_zh}　{duty.case}", tuple(_lines(day.rules.registry, alerts, duty, standing, doubt)),
        {
            "number": alert.duty, "stage": alert.stage, "role": alert.role, "agency": alert.agency, "case": duty.case,
            "duty": duty.row.id, "name_zh": duty.row.name_zh, "holder": duty.holder, "due_on": alert.due_on.isoformat(),
            "overdue_working_days": standing.overdue_working_days, "provisional": duty.provisional,
            "unconfirmed": doubt is not None,
            "source": duty.row.source,
        },
    )  # fmt: skip


def _doubt(duty: Duty) -> str:
    """Why a lateness is not held against its holder, to whom alone this is said, and what the holder can do."""
    if duty.evidence in ("signed", "confirmed"):
        return "贵单位没有在台账登记过，不据此认定贵单位逾期；已经办了的，请登记或在回执单上写明"
    return "依据是代录，尚未经贵单位确认，不据此认定贵单位逾期；属实的请确认（ActConfirmed），不符的请提出异议（ActDisputed）"


def _lines(
    registry: Registry, alerts: Sequence[Alert], duty: Duty, standing: Standing, doubt: str | None
) -> Iterator[str]:
    """How late it is in truth: a stage says only from which day on its reader is told."""
    holder = registry.agencies.get(duty.holder)
    yield f"责任机关：{holder.name if holder is not None else duty.holder}"
    late = f"已逾期 {standing.overdue_working_days} 个工作日"
    left = f"还剩 {standing.remaining_working_days} 个工作日"
    told = [
        (one.due_on, late if standing.state == "overdue" else f"{left}（{stage_zh(one.stage)}）")
        for one in alerts
    ]
    for on, how in dict.fromkeys(told):
        yield f"期限：{on}{'（暂定）' if duty.provisional else ''}，{how}"
    higher = [f"{ROLE_ZH[one.role]}（{stage_zh(one.stage)}起）" for one in alerts if one.role != "officer"]
    if higher:
        yield f"按规则送：{'、'.join(higher)}"
    if doubt is not None:
        yield f"注意：{doubt}"
    yield f"依据：{duty.row.source}"
    yield f"怎样计算：gongze explain {duty.id}"


# --- the week's digest -----------------------------------------------------------------------------------------


def queue_digests(ledger: Ledger, database: Database, term: Term, contacts: Contacts, period: str) -> str:
    """A digest of the week for everyone of whom the contacts have a mail address; what is in it is asked when it goes."""
    rows = [
        (f"{period} {name}", DIGEST, name)
        for name, person in contacts.people.items()
        if person.mail is not None
    ]
    if not rows or contacts.smtp is None:
        return "没有邮件地址，不发摘要"
    with database.writing() as connection:
        return f"{outbox.queue_once(connection, term, rows, ledger.now_ms())} 份摘要待发"


def _digest(day: Day, registry: Registry, recipient: str) -> tuple[Item, ...]:
    """How many of the agency's duties are overdue, near, and due within a month, and the most pressing of them. Nothing
    where there is none, or nobody of that name in office."""
    officer = registry.officers.get(recipient)
    agency = officer.agency if officer is not None else recipient.partition(":")[0]
    gone = officer is not None and officer.released_on is not None and officer.released_on <= day.day
    if gone or agency not in registry.agencies:
        return ()
    overdue, doubted, near, later = [], 0, [], 0
    for duty in day.pressing(agency):
        standing, counts = day.standing(duty)
        if duty.row.kind != "duty" or duty.handed_to is not None:
            continue
        if standing.state == "overdue":
            doubted += not counts
            overdue += [(duty, standing)] if counts else []
        elif (
            standing.state in RUNNING and (duty.strict_due_on or duty.due_on or date.max) <= day.day + HORIZON
        ):
            soon = standing.remaining_working_days <= DUE_SOON_DAYS
            near += [(duty, standing)] if soon else []
            later += not soon
    if not (overdue or near or later):
        return ()
    unsure = f"（另有 {doubted} 项未经对方确认，不计）" if doubted else ""
    head = f"逾期 {len(overdue)} 项{unsure}，三个工作日内届满 {len(near)} 项，一个月内届满 {later} 项"
    overdue.sort(key=lambda one: -one[1].overdue_working_days)
    near.sort(key=lambda one: one[1].remaining_working_days)
    lines = [_line(duty, standing) for duty, standing in (*overdue, *near)]
    shown = lines[:DIGEST_LINES] + (
        [f"……另 {len(lines) - DIGEST_LINES} 项见 gongze alerts"] if lines[DIGEST_LINES:] else []
    )
    return (Item(agency, f"{registry.agencies[agency].name}　{head}", tuple(shown), {}),)


def _line(duty: Duty, standing: Standing) -> str:
    if duty.case.startswith(UNTOLD):
        return f"一项责任，编号 {duty.id}"
    left = (
        f"逾期 {standing.overdue_working_days} 个工作日"
        if standing.state == "overdue"
        else f"还剩 {standing.remaining_working_days} 个工作日"
    )
    return f"{duty.row.name_zh}　{duty.case}　{duty.strict_due_on or duty.due_on}　{left}"


# --- the list --------------------------------------------------------------------------------------------------


def read_by(
    registry: Registry, agency: str | None, officer: str | None, on: date
) -> tuple[str | None, tuple[str, ...] | None]:
    """Whose list is asked for: an agency and the roles that an officer reads for; None for all.

    A liaison officer reads what outsiders are told as well. Raises Refusal: agency_unknown, officer_unknown.
    """
    if officer is None:
        if agency is not None and agency not in registry.agencies:
            raise Refusal("agency_unknown", f"没有登记机关“{agency}”，请写机构代码", "--agency")
        return agency, None
    known = registry.officers.get(officer)
    if known is None or (agency is not None and known.agency != agency):
        raise Refusal("officer_unknown", f"没有登记联络员“{officer}”，见 gongze duties 或登记簿", "--officer")
    named = registry.responsible.get(known.agency, {})
    roles = [role for role in ROLE_ZH if role not in ("deputy", "head")]
    roles += [
        role for role, key in (("deputy", "deputy"), ("head", "principal")) if named.get(key) == officer
    ]
    return known.agency, tuple(roles)
