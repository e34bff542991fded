"""Who is told what: the one rule of disclosure. Whoever shows, sends or counts anything for an agency asks here.

Visibility is per stream, and within a stream per type of act, after the least that the clause beside each row asks
for. Sources: 拉萨实施意见 三（一）–（六）, 四（一）–（三）, 五（四）; 行政执法机关移送涉嫌犯罪案件的规定 (移送规定).
Reading order: `Sight`, `ROWS`, `Reader`, `Parts`.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal

from domain.acts.base import EVENTS, Act
from domain.cases.model import Case
from domain.discipline import Referral
from domain.entries import Entry
from domain.forms import fields_of
from domain.mechanism import Mechanism
from domain.meetings import Meeting
from domain.reconciling import Reconciliation
from domain.registry import OPERATOR, STREAM, Agency, Registry, contains
from domain.values import Ref

if TYPE_CHECKING:
    from domain.duties import Duty
    from domain.entries import Dossier

Sight = Literal["all", "number_and_date", "existence", "nothing"]
"""What a viewer is shown of one act: everything (of sealed fields their commitments); that a document of this number
and day was sent; that the stream has an act at this place, without type or day; not even that the stream exists."""

Role = Literal[
    "nr", "court", "procuratorate", "police", "government", "executor", "assisting", "joint",
    "attendee", "region", "party",
]  # fmt: skip
"""A part in a dossier. Of a case: `nr` the department in charge, ever, and the departments above it; `court` applied
to, sued before or reviewing; `procuratorate` copied, applied to or supervising; `police` with a criminal referral,
an obstruction, an appraisal or a clue of its own; `government` of the place, reported to or handed a building;
`executor` designated; `assisting` asked for assistance; `joint` in a joint enforcement. Of a meeting: `attendee`,
`region`. Of the others: `party`."""


@dataclass(frozen=True, slots=True)
class Row:
    """Who sees a type of act in full beside its author and those it is addressed to, and by which clause.

    `follows`: it is seen by whoever sees the act that it speaks of. `internal`: what it is about does not make it
    addressed to anybody. `brief`: whom it is addressed to sees number and date only, discipline inspection all.
    """

    roles: frozenset[str]
    source: str
    follows: bool = False
    internal: bool = False
    brief: bool = False


def _rows(text: str, source: str, *roles: Role, **how: bool) -> Iterator[tuple[str, Row]]:
    for name in text.split():
        yield name, Row(frozenset(roles), source, **how)


VARIANTS = {"DocumentShared": "kind", "HandlingTracked": "subject"}
"""Types with a row of their own for some values of a field, written TYPE/VALUE."""

ROWS: dict[str, Row] = dict(
    row
    for group in (
        # the case itself: what every agency with a part in it must know to do its own
        _rows("CaseFiled CaseClosed CaseReopened", "拉萨实施意见 四（三）",
              "nr", "court", "procuratorate", "police", "government", "executor", "joint"),
        # an old case comes with the list of all that was done in it
        _rows("CaseCarriedForward", "拉萨实施意见 四（三）", "nr", "court", "procuratorate", "government", "executor"),
        # the new number, by which others must call the case from then on
        _rows("TransferAccepted", "行政处罚法 §25", "nr", "court", "procuratorate", "police", "government", "executor"),
        _rows("CaseTransferred TransferReturned", "行政处罚法 §25", "nr"),
        # they name other cases
        _rows("CaseSplit CasesJoined", "拉萨实施意见 三（六）", "nr"),
        # what the department finds out and decides within its own house
        _rows("ViolationFound ViolationNotConfirmed SuspectedCrimeFound DecisionTermExtended PenaltyHearingRightNotified "
              "PenaltyHearingRequested PenaltyHearingNoticed", "拉萨实施意见 三（六）", "nr"),
        # stopping the violation is the government's: 违法用地、违法建设制止整改的实施主体
        _rows("NoticeIssued NoticeIneffective ViolationReported MeasuresTaken RemovalReported",
              "拉萨实施意见 三（一）", "nr", "government"),
        _rows("RemovalVerified", "拉萨实施意见 三（一）", "nr", "procuratorate", "government", "executor"),
        _rows("ViolationCopied", "拉萨实施意见 三（六）", "nr"),
        _rows("InstructionGiven", "拉萨实施意见 三（一）", "government"),
        # 行政处罚决定 is one of the six shared kinds
        _rows("PenaltyDecided NoPenaltyDecided PenaltyServed PenaltyRevoked PenaltyChanged PenaltyReissued",
              "拉萨实施意见 四（三）", "nr", "court", "procuratorate", "police", "government", "executor"),
        _rows("Performed FinePaid PaymentPostponed PerformanceDemanded", "拉萨实施意见 三（六）",
              "nr", "court", "procuratorate", "executor"),
        _rows("EnforcementDecisionMade", "行政强制法 §34", "nr", "procuratorate", "government", "executor"),
        # reviews and lawsuits decide whether the department may apply at all
        _rows("ReviewApplied ReviewAccepted ReviewExtended ReviewDecided", "拉萨实施意见 三（三）",
              "nr", "court", "procuratorate", "government"),
        _rows("LawsuitFiled LawsuitDecided", "拉萨实施意见 三（三）、三（四）", "nr", "court", "procuratorate"),
        _rows("ComplaintReceived AnswerFiled AppealFiled CourtSessionNoticed CourtSessionPostponed HeadAppeared",
              "拉萨实施意见 三（三）", "nr", "court"),
        # 跟踪了解人民法院的办理情况
        _rows("EnforcementApplied MaterialsRefused SupplementDemanded MaterialsSupplemented ApplicationWithdrawn "
              "EnforcementAccepted AcceptanceReceived EnforcementNotFiled EnforcementNotAccepted "
              "HearingOfOpinionsOpened EnforcementRefused RulingReceived RulingReviewApplied RulingReviewDecided "
              "ExecutionFiled", "拉萨实施意见 三（三）、三（四）", "nr", "court", "procuratorate"),
        _rows("ApplicationCopied AcceptanceCopied RulingCopied", "拉萨实施意见 三（六）", "nr", "procuratorate"),
        # the ruling that grants, and what stops or ends its execution, is also for those who carry it out or help
        _rows("EnforcementGranted RulingRectified RulingRevoked ExecutionSuspended ExecutionResumed RoundTerminated "
              "ExecutionTerminated", "拉萨实施意见 三（一）、三（三）",
              "nr", "court", "procuratorate", "government", "executor", "assisting"),
        _rows("ExecutorDesignated ExecutionOrganised ExecutionCompleted", "拉萨实施意见 三（一）、三（四）",
              "nr", "court", "procuratorate", "government", "executor"),
        _rows("AssistanceRequested AssistanceRescheduled AssistanceCancelled AssistanceConfirmed AssistanceDeclined "
              "AssistanceProvided AssistanceNotRendered", "拉萨实施意见 三（三）", "court", "executor"),
        # the procuratorate's own work: others learn of it what is addressed to them
        _rows("FilesRequested FilesProvided HandlingTracked SuggestionIssued SuggestionExtended SuggestionWithdrawn "
              "SuggestionReplied SuggestionFollowedUp UnlawfulActFound CourtExecutionUnlawfulFound "
              "SupervisionConditionsLacking", "拉萨实施意见 三（四）", "procuratorate"),
        _rows("NonCrimeViolationFound", "拉萨实施意见 三（五）", "police"),
        _rows("HandlingTracked/joint_case", "拉萨实施意见 五（四）", "nr", "joint"),
        _rows("SupervisionApplied SupervisionWithdrawn SupervisionAccepted SupervisionNotAccepted SupervisionExtended "
              "SupervisionDecided SupervisionDecisionServed SuggestionNotified PenaltyOpinionIssued "
              "PenaltyOpinionReplied", "拉萨实施意见 三（四）、三（六）", "nr", "procuratorate"),
        _rows("JointStudyHeld", "拉萨实施意见 三（四）", "nr", "court", "procuratorate"),
        # 内部审批: who reported, who approved, who did not, is the department's own
        _rows("ReferralReportSubmitted ReferralApproved ReferralRefused", "移送规定 §5", "nr", internal=True),
        _rows("CrimeReferred CrimeReferralReceived ReferralPassedOn CrimeFiled CrimeNotFiled CrimeOutcomeTold "
              "ReconsiderationRequested ReconsiderationDecided FilingSupervisionDecided ReasonsDemanded ReasonsStated",
              "拉萨实施意见 三（五）；移送规定 §6–§9、§14", "nr", "procuratorate", "police"),
        _rows("FilingSupervisionRequested", "移送规定 §9", "nr", "procuratorate"),
        _rows("SupplementAsked SupplementFiled ItemsHandedOver AppraisalRequested AppraisalDelivered "
              "ObstructionReported ObstructionHandled ClueReturned ReturnedClueHandled",
              "拉萨实施意见 三（五）；移送规定 §6、§12", "nr", "police"),
        _rows("PlanningViolationHandedOver DemolitionOrganised DemolitionCompleted ConfiscatedHandedOver",
              "拉萨实施意见 三（一）", "nr", "government"),
        # to whom they are shared, and nobody else
        _rows("DocumentShared CaseBriefed", "拉萨实施意见 四（二）、四（三）"),
        _rows("DocumentShared/discipline_referral", "拉萨实施意见 三（二）、四（三）", brief=True, internal=True),
        # between the two who spoke
        _rows("ContactLogged Reminded", "拉萨实施意见 四（二）", internal=True),
        _rows("Reassigned", "拉萨实施意见 三（六）", "nr"),
        _rows("JointEnforcementOpened", "拉萨实施意见 五（四）", "nr", "joint"),
        # what speaks of another act shows no more than that act does
        _rows("CopyAcknowledged CopyReturned StatementCorrected StatementVoided ActConfirmed ActDisputed",
              "台账运行规则 披露", follows=True, internal=True),
        _rows("MajorMatterRaised MeetingConvened AttendeesNamed MeetingDeferred MeetingHeld MinutesDrafted MinutesEndorsed "
              "ItemReported ItemClosed MeetingCancelled ReportAdopted", "拉萨实施意见 四（一）", "attendee", "region"),
        # what is not agreed yet stays among those who are to agree
        _rows("MinutesObjected ReportCirculated ReportCommented", "拉萨实施意见 四（一）", "attendee"),
        _rows("DisciplineClueReferred DisciplineClueReceived DisciplineClueHandled AccountabilityReported "
              "DisciplineCheckOpened DisciplineCheckConcluded", "拉萨实施意见 三（二）", "party"),
        _rows("ReconciliationOpened AccountConfirmed DifferenceRaised DifferenceResolved DifferenceAgreed "
              "WriteOffProposed WriteOffAgreed WriteOffRejected RowReinstated ReconciliationClosed",
              "拉萨实施意见 四（三）", "party"),
    )
    for row in group
)  # fmt: skip
"""By type of act. The `registry` stream has no rows: it is public in full, whoever asks."""


class Reader:
    """What one agency is shown of one dossier. The operator, who keeps the ledger, sees all that is in it.

    `parts`: whoever asks for many agencies hands the same to each reader.
    """

    def __init__(
        self, registry: Registry, viewer: str, dossier: "Dossier", parts: "Parts | None" = None
    ) -> None:
        self.registry = registry
        self.viewer = viewer
        self.dossier = dossier
        self._parts = parts or Parts(registry, dossier)

    # -- acts

    def sees(self, act: Act) -> Sight:
        """What of one act of the dossier. An act of no known type is for its author alone."""
        if self.viewer == OPERATOR or act.stream == STREAM:
            return "all"
        if self.viewer not in self.registry.agencies:
            return "nothing"
        if isinstance(self.dossier, Mechanism):
            return self._sees_of_mechanism(self.dossier, act)
        row = _row_of(act)
        if {act.agency, act.signer} & self.stands_in_for:
            if not row.brief or self.viewer in (act.agency, act.signer):
                return "all"
        elif not row.brief and self._parts.told(act, row) & self.stands_in_for:
            return "all"
        elif row.brief and self.viewer in self._parts.told(act, row):
            kind = self.registry.agencies[self.viewer].kind
            return "all" if kind == "discipline" else "number_and_date"
        if row.roles & self.roles or (row.follows and self._sees_what_it_speaks_of(act)):
            return "all"
        return "existence" if self.knows_of_it else "nothing"

    def acts(self) -> tuple[tuple[Act, Sight], ...]:
        """The acts of which the viewer is shown anything, in order."""
        shown = ((act, self.sees(act)) for act in self.dossier.acts)
        return tuple((act, sight) for act, sight in shown if sight != "nothing")

    @cached_property
    def knows_of_it(self) -> bool:
        """Whether the viewer may know that this dossier exists: it has a part in it, or was told of an act of it."""
        if self.roles:
            return True
        return any(
            {act.agency, act.signer, *self._parts.told(act, _row_of(act))} & self.stands_in_for
            for act in self.dossier.acts
        )

    @property
    def sees_it(self) -> bool:
        """Whether it is listed and counted for the viewer: it sees in full what the dossier began with."""
        begun = next((act for act in self.dossier.acts if act.id == self._begun_by), None)
        return begun is not None and self.sees(begun) == "all"

    # -- duties

    def sees_duty(self, duty: "Duty", escalated: Collection[str] = ()) -> bool:
        """Whether one duty of the dossier is shown, with how it stands.

        To its holder and recipients, and to those whom it has been escalated to; else to whoever sees both what opened
        it and every type of act that could move it: how a duty stands must not tell what the acts do not.
        """
        if self.viewer == OPERATOR:
            return True
        if isinstance(self.dossier, Referral):
            return self.viewer in self.dossier.parties
        opening = next((act for act in self.dossier.acts if act.id == duty.opened_by), None)
        if opening is not None and _row_of(opening).brief:
            return self.viewer in {
                duty.holder,
                *duty.recipients,
            }  # that a paper is to be signed for tells of the paper
        if {duty.holder, *duty.recipients, *escalated} & self.stands_in_for:
            return True
        if isinstance(self.dossier, Mechanism):
            return bool(self.roles)
        if opening is None or self.sees(opening) != "all":
            return False
        return self.sees_what_moves(duty)

    def sees_what_moves(self, duty: "Duty") -> bool:
        """Whether no act of a type that could end, extend or suspend it is hidden."""
        row = duty.row
        moved_by = (*row.discharged_by, *row.cancelled_by, *row.suspended_by, *row.resumed_by,
                    *(x.match for x in row.extended_by))  # fmt: skip
        return self.sees_types(*(match.event for match in moved_by))

    def sees_types(self, *types: str) -> bool:
        """Whether acts of all these types are shown, whether or not there are any: only who would be shown one may be
        told that there is none."""
        return self.viewer == OPERATOR or all(self._sees_type(event) for event in types)

    def _sees_type(self, event: str) -> bool:
        row = ROWS.get(event)
        return event not in EVENTS or (row is not None and (row.follows or bool(row.roles & self.roles)))

    # -- who the viewer is here

    @cached_property
    def stands_in_for(self) -> frozenset[str]:
        """The viewer itself; agencies that it took over from (区划调整); for a department, those in charge below it."""
        found = {self.viewer}
        if isinstance(self.dossier, Referral) or self.viewer not in self.registry.agencies:
            return frozenset(found)
        if self.registry.boundaries:
            region = self._parts.region
            found |= {
                a for a in self.registry.agencies
                if any(to == self.viewer for _, to in self.registry.successions(a, region))
            }  # fmt: skip
        below = self._parts.directed_by if isinstance(self.dossier, Case | Reconciliation) else {}
        return frozenset(found | {a for a, above in below.items() if found & above})

    @cached_property
    def roles(self) -> frozenset[str]:
        agency = self.registry.agencies.get(self.viewer)
        if agency is None:
            return frozenset()
        match self.dossier:
            case Case():
                return frozenset(self._roles_in_case(agency))
            case Meeting():
                home = self.registry.agencies.get(self.dossier.home(self.registry))
                same = {"region"} if home is not None and home.region == agency.region else set()
                return frozenset(same | ({"attendee"} if self._mine(self.dossier.parties) else set()))
            case Mechanism():
                return frozenset({"region"} if agency.region == self.dossier.region else ())
            case Referral() | Reconciliation():
                return frozenset({"party"} if self._mine(self.dossier.parties) else ())
            case _:
                return frozenset()

    def _roles_in_case(self, agency: Agency) -> Iterator[Role]:
        for role, having in self._parts.of_case:
            if having & self.stands_in_for:
                yield role
        if agency.kind == "government" and agency.region == self._parts.region:
            yield "government"

    def _mine(self, agencies: Iterable[str | None]) -> bool:
        return any(a in self.stands_in_for for a in agencies)

    # -- what an act says

    def _sees_what_it_speaks_of(self, act: Act) -> bool:
        """Whether the viewer sees in full all the earlier acts that this one answers, corrects, voids or disputes."""
        refs = [v for k in fields_of(type(act.event)).values() for v in _listed(getattr(act.event, k.attr))]
        meant = {ref.act for ref in refs if isinstance(ref, Ref)}
        entry = self._parts.entries.get(act.id)
        copy = self.dossier.copies.get(entry.subjects.get("copy", "")) if entry is not None else None
        if copy is not None:
            meant = {copy.act}
        earlier = {a.id: a for a in takewhile(lambda a: a.id != act.id, self.dossier.acts)}
        return bool(meant) and all(m in earlier and self.sees(earlier[m]) == "all" for m in meant)

    def _sees_of_mechanism(self, mechanism: Mechanism, act: Act) -> Sight:
        inner: Dossier | None = mechanism.meetings.get(act.stream)
        inner = inner or mechanism.reconciliations.get(act.stream)
        return "nothing" if inner is None else Reader(self.registry, self.viewer, inner).sees(act)

    @property
    def _begun_by(self) -> str | None:
        if isinstance(self.dossier, Case):
            begun = self.dossier.filing or self.dossier.finding
            return begun.act if begun is not None else None
        return self.dossier.acts[0].id if self.dossier.acts else None


class Parts:
    """Who has which part in one dossier, and whom its acts are addressed to: the same whoever asks."""

    def __init__(self, registry: Registry, dossier: "Dossier") -> None:
        self.registry = registry
        self.dossier = dossier
        self._told: dict[tuple[str, str], frozenset[str | None]] = {}  # by signer and id of an act

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """By the act that each of them is; not those that a receipt attests."""
        return {e.act.id: e for e in self.dossier.entries if e.stands_for is None}

    @cached_property
    def in_charge(self) -> tuple[str, ...]:
        """The departments in charge, also those it is being or was transferred to, unless they sent it back at once."""
        if isinstance(self.dossier, Reconciliation):
            return (self.dossier.opener,)
        if not isinstance(self.dossier, Case):
            return ()
        offered = [t.to for t in self.dossier.transfers.values() if t.returned_on is None]
        return (*(nr for _, nr in self.dossier.holders), *offered)

    @cached_property
    def directed_by(self) -> dict[str, frozenset[str]]:
        """By department in charge, those above it."""
        return {a: frozenset(departments_above(self.registry, a)) for a in self.in_charge}

    @cached_property
    def region(self) -> str:
        """The place that it is about."""
        if isinstance(self.dossier, Case):
            begun = self.dossier.filing or self.dossier.finding
            if begun is not None and begun.place is not None:
                return begun.place.region
            home = self.in_charge[0] if self.in_charge else ""
        else:
            home = self.dossier.home(self.registry)
        found = self.registry.agencies.get(home)
        return found.region if found is not None else ""

    @cached_property
    def of_case(self) -> tuple[tuple[Role, frozenset[str | None]], ...]:
        """The parts in a case and who has them; beside these, `government` is the one of its place."""
        case = self.dossier
        assert isinstance(case, Case)
        found: tuple[tuple[Role, Iterable[str | None]], ...] = (
            ("nr", self.in_charge),
            ("court", self._courts(case)),
            ("procuratorate", self._procuratorates(case)),
            ("police", self._partners(case, "police", "crime", "obstruction", "appraisal", "returned_clue")),
            ("government", self._governments(case)),
            ("executor", (r.executing_agency for r in case.rulings.values() if not r.revoked)),
            ("assisting", (a for m in case.matters.values() if m.kind == "assistance" for a in m.to)),
            ("joint", (a for m in case.matters.values() if m.kind == "joint" for a in (m.by, *m.to))),
        )
        return tuple((role, frozenset(agencies)) for role, agencies in found)

    def _courts(self, case: Case) -> Iterator[str | None]:
        yield from (a.court for a in case.applications.values())
        yield from (r.review_court for r in case.rulings.values())
        for remedy in case.remedies.values():
            yield remedy.appeal_court
            if remedy.court is not None and self._borne_out(remedy.court, remedy.act):
                yield remedy.court

    def _procuratorates(self, case: Case) -> Iterator[str | None]:
        """It has a part from the application on, whether or not the copy has been sent: it is owed."""
        for application in case.applications.values():
            applied = self.entries.get(application.act)
            by = applied.act.agency if applied is not None else case.nr_on(application.applied_on)
            nr = self.registry.agencies.get(by)
            meant = nr and self.registry.route(nr, "procuratorate", "non_litigation", application.applied_on)
            yield meant.id if meant else None
        copied = ("ApplicationCopied", "AcceptanceCopied", "RulingCopied", "CrimeReferred")
        for copy in case.copies.values():
            agency = self.registry.agencies.get(copy.recipient)
            if copy.type in copied and agency is not None and agency.kind == "procuratorate":
                yield copy.recipient
        yield from (s.by for s in case.suggestions.values() if self._borne_out(s.by, s.act))
        yield from self._partners(case, "procuratorate", "supervision", "opinion", "files", "study")

    def _partners(self, case: Case, kind: str, *matters: str) -> Iterator[str]:
        """The agencies of a kind that such matters are between."""
        for matter in case.matters.values():
            for a in (matter.by, *matter.to) if matter.kind in matters else ():
                agency = self.registry.agencies.get(a)
                if agency is not None and agency.kind == kind and self._borne_out(a, matter.act):
                    yield a

    def _governments(self, case: Case) -> Iterator[str | None]:
        yield from (e.to for e in case.entries if e.type == "ViolationReported")
        yield from self._partners(case, "government", "handover")
        for ruling in case.rulings.values():
            nr = self.registry.agencies.get(case.nr_on(ruling.made_on)) if case.holders else None
            if ruling.executor == "government" and not ruling.revoked and nr is not None:
                meant = self.registry.route(nr, "government", "planning", ruling.made_on)
                yield meant.id if meant else None

    def _borne_out(self, agency: str, act: str) -> bool:
        """Whether a part in the case rests on more than the agency's own word.

        Another named it; or it serves the place. Else any agency could open a case to itself by stating something in it.
        """
        entry = self.entries.get(act)
        if entry is None or agency not in (entry.act.agency, entry.act.signer):
            return True
        found = self.registry.agencies.get(agency)
        if found is None:
            return False
        in_charge = [self.registry.agencies[a] for a in self.in_charge if a in self.registry.agencies]
        if contains(found.region, self.region) or any(a.region == found.region for a in in_charge):
            return True
        return any(
            (r.region, r.kind, r.agency) == (a.region, found.kind, agency)
            for r in self.registry.routes
            for a in in_charge
        )

    def told(self, act: Act, row: Row) -> frozenset[str | None]:
        """Those an act is addressed to: as it was signed, as it was corrected, and by what it is about."""
        found = self._told.get((act.signer, act.id))
        if found is None:
            found = self._told[act.signer, act.id] = self._addressees(act, row)
        return found

    def _addressees(self, act: Act, row: Row) -> frozenset[str | None]:
        if isinstance(self.dossier, Referral):
            return frozenset()
        found: set[str | None] = set(_named(act))
        entry = self.entries.get(act.id)
        found |= {c.recipient for c in self.dossier.copies.values() if c.act == act.id}
        if entry is not None:
            found |= {*_named(entry.act), entry.to, *entry.facts.get("to", ())}
            copy = self.dossier.copies.get(entry.subjects.get("copy", ""))
            if copy is not None and copy.act != act.id:
                found.add(copy.sender)
            if isinstance(self.dossier, Case) and not row.internal:
                found |= set(_between(self.dossier, entry))
        return frozenset(found - {None})


def departments_above(registry: Registry, agency: str) -> Iterator[str]:
    """The natural-resources departments above one, as the registry has their parents: they direct its enforcement
    (拉萨实施意见 三（六）)."""
    seen = {agency}
    found = registry.agencies.get(agency)
    while found is not None and found.parent is not None and found.parent not in seen:
        seen.add(found.parent)
        found = registry.agencies.get(found.parent)
        if found is not None and found.kind == "nr":
            yield found.id


_UNKNOWN = Row(frozenset(), "", internal=True)


def _row_of(act: Act) -> Row:
    name = act.type
    field = VARIANTS.get(name)
    variant = ROWS.get(f"{name}/{getattr(act.event, field)}") if field is not None else None
    return variant or ROWS.get(name, _UNKNOWN)


def _listed(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _named(act: Act) -> Iterator[str]:
    """The agencies that an act names in fields of its own."""
    cls: Any = type(act.event)
    for name in _naming(cls):
        yield from (v for v in _listed(getattr(act.event, name)) if isinstance(v, str))


@cache
def _naming(cls: Any) -> tuple[str, ...]:
    """The fields of a type of act that hold an id."""
    kinds = fields_of(cls).values()
    return tuple(k.attr for k in kinds if "id" in (k.form, k.item.form if k.item else ""))


def _between(case: Case, entry: Entry) -> Iterator[str]:
    """The agencies that the matter, suggestion or transfer is between which an act is about."""
    for subject in entry.subjects.values():
        if subject in case.matters:
            yield from (case.matters[subject].by, *case.matters[subject].to)
        if subject in case.suggestions:
            yield from (case.suggestions[subject].by, case.suggestions[subject].to)
        if subject in case.transfers:
            yield from (case.transfers[subject].frm, case.transfers[subject].to)


# --- asked once ---------------------------------------------------------------------------------------------


def sees(registry: Registry, viewer: str, dossier: "Dossier", act: Act) -> Sight:
    """What an agency is shown of one act. Whoever asks about many acts of a dossier makes one `Reader`."""
    return Reader(registry, viewer, dossier).sees(act)


def visible_acts(registry: Registry, viewer: str, dossier: "Dossier") -> tuple[tuple[Act, Sight], ...]:
    """The acts of a dossier of which an agency is shown anything, and what."""
    return Reader(registry, viewer, dossier).acts()


def sees_case(registry: Registry, viewer: str, case: Case) -> bool:
    """Whether a case is listed and counted for an agency."""
    return Reader(registry, viewer, case).sees_it


def sees_duty(
    registry: Registry, viewer: str, dossier: "Dossier", duty: "Duty", escalated: Collection[str] = ()
) -> bool:
    """Whether a duty is shown to an agency. `escalated`: whom it has been escalated to by the day shown."""
    return Reader(registry, viewer, dossier).sees_duty(duty, escalated)


def number_and_date(act: Act) -> tuple[str | None, date]:
    """All that the sight `number_and_date` shows: the first document number that the act itself has, and its day."""
    numbers = (
        getattr(act.event, kind.attr)
        for name, kind in fields_of(type(act.event)).items()
        if kind.form == "number" and name != "batch_no"
    )
    return next((n for n in numbers if n is not None), None), act.occurred_on
