"""The figures of the joint meeting's report of the sample year, each counted another way: by SQL over the tables, after its
definition. Source: 拉萨实施意见 四（一）."""

# ruff: noqa: S608 - questions put together for a ledger of the test's own

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import chinese_calendar
import pytest

from gongze.packs import shipped
from gongze.reporting import singles
from gongze.reporting.definitions import STAGES
from gongze.reporting.facts import Period
from gongze.reporting.figures import Figures
from gongze.reporting.gathering import Gathered, asked, gather
from tests.end_to_end.conftest import FILING, FIRST, LAST, Desk, SampleYear, Sql, line, real_command, told_of
from tests.worlds import day

START = "2025-07-01"
NEXT = "2026-12-31"
"""The end of the half-year that follows the last day."""
NOW = "2026-07-10T18:00:00+08:00"
BY_TYPE = {
    "applied": "EnforcementApplied", "demanded": "PerformanceDemanded", "withdrawn": "ApplicationWithdrawn",
    "suspended": "ExecutionSuspended", "terminated": "ExecutionTerminated", "suggestions": "SuggestionIssued",
    "suggestions_replied": "SuggestionReplied", "crime_referred": "CrimeReferred",
    "assistance_requested": "AssistanceRequested", "assistance_provided": "AssistanceProvided",
    "crime_filed": "CrimeFiled", "clues_referred": "DisciplineClueReferred", "accountability": "AccountabilityReported",
    "supervision_applied": "SupervisionApplied", "supervision_decided": "SupervisionDecided",
    "no_penalty": "NoPenaltyDecided", "assistance_declined": "AssistanceDeclined",
    "assistance_failed": "AssistanceNotRendered",
}  # fmt: skip
COPIES = (
    "copy_application_to_procuratorate",
    "copy_acceptance_to_procuratorate",
    "copy_ruling_to_procuratorate",
)
VOID = "SELECT json_extract(data, '$.of') FROM p_act WHERE type = 'StatementVoided'"
DISPUTED = "SELECT json_extract(data, '$.of') FROM p_act WHERE type = 'ActDisputed'"
WITHIN = "counts_on BETWEEN :first AND :last"


@pytest.fixture(scope="module")
def from_the_start(sample_year: SampleYear) -> Gathered:
    """Told of all the days since the ledger was begun, so that there is something of everything."""
    return told_of(sample_year, START, LAST)


@pytest.mark.parametrize(("figure", "type_"), BY_TYPE.items())
def test_acts_counted_by_sql(whole_year, from_the_start, sql, figure, type_):
    question = f"SELECT count(*) FROM p_act WHERE type = :type AND {WITHIN} AND statement NOT IN ({VOID})"
    assert whole_year.figures[figure].value == sql(question, type=type_)
    assert from_the_start.figures[figure].value == sql(question, type=type_, first=START) > 0


def test_clues_that_were_dealt_with_by_sql(from_the_start, sql):
    """Clues, and not what was done with them: each has a stream of its own."""
    handled = f"""SELECT count(*) FROM (SELECT min(counts_on) AS counts_on FROM p_act
        WHERE type = 'DisciplineClueHandled' GROUP BY stream) WHERE {WITHIN}"""
    assert from_the_start.figures["clues_handled"].value == sql(handled, first=START) > 0


def test_a_clue_that_was_passed_on_and_then_taken_up_is_one(told_here):
    """转办 to the city and 受理 there, within one period."""
    sealed = {"subjects": "某甲", "content": "未依法报告", "related": "—"}
    clue = {"referral_no": "纪移1", "to": "discipline.chengguan", **sealed}
    acts: list[tuple[str, str, str, dict[str, Any]]] = [
        ("DisciplineClueReferred", "nr.chengguan", "2026-02-02", clue),
        ("DisciplineClueReceived", "discipline.chengguan", "2026-02-03", {}),
        ("DisciplineClueHandled", "discipline.chengguan", "2026-02-10",
         {"disposition": "passed_on", "to": "discipline.lhasa"}),
        ("DisciplineClueReceived", "discipline.lhasa", "2026-02-11", {}),
        ("DisciplineClueHandled", "discipline.lhasa", "2026-03-02", {"disposition": "accepted"}),
    ]  # fmt: skip
    told_here.replay(
        [line(t, who, on, {"referral_no": "纪移1", **data}, "discipline/2026-1") for t, who, on, data in acts]
    )
    figures = figures_of(told_here, "2026-06-30")
    assert (figures["clues_referred"].value, figures["clues_handled"].value) == (1, 1)


def test_what_is_disputed_by_sql(from_the_start, sql):
    """It is told apart, and not among the court's acceptances."""
    disputed = f"FROM p_act WHERE {WITHIN} AND statement IN ({DISPUTED})"
    figures = from_the_start.figures
    assert figures["acts_disputed"].value == sql(f"SELECT count(*) {disputed}", first=START) > 0
    registered = "SELECT count(*) FROM p_application WHERE accepted_on BETWEEN :first AND :last"
    doubted = sql(f"SELECT count(*) {disputed} AND type = 'EnforcementAccepted'", first=START)
    assert figures["accepted"].value == sql(registered, first=START) - doubted
    assert doubted > 0


def test_cases_areas_and_rulings_by_sql(whole_year, sql):
    filed = "SELECT count(*) FROM p_case WHERE kind = 'case' AND filed_on BETWEEN :first AND :last"
    assert whole_year.figures["filed"].value == sql(filed)
    assert whole_year.figures["on_record"].value == sql(
        "SELECT count(*) FROM p_case WHERE kind = 'case' AND filed_on <= :last"
    )
    assert whole_year.figures["closed"].value == sql(
        "SELECT count(*) FROM p_case WHERE closed_on BETWEEN :first AND :last"
    )
    mu = f"""SELECT sum(round(json_extract(data, '$.place.area_m2') * 3 / 2000 + 1e-9, 2)) FROM p_act
        WHERE type IN ('CaseFiled', 'CaseCarriedForward') AND {WITHIN} AND statement NOT IN ({VOID})"""
    carried = f"SELECT count(*) FROM p_act WHERE type = 'CaseCarriedForward' AND {WITHIN}"
    assert sql(carried) == 0
    assert whole_year.figures["area"].value == Decimal(f"{sql(mu):.2f}")
    granted = "SELECT count(*) FROM p_application WHERE granted_on BETWEEN :first AND :last"
    assert whole_year.figures["granted"].value == sql(granted)
    accepted = "SELECT count(*) FROM p_application WHERE accepted_on BETWEEN :first AND :last"
    assert whole_year.figures["accepted"].value == sql(accepted)


def test_decisions_and_fines_by_sql(whole_year, sql):
    made = f"SELECT count(*) FROM p_act WHERE type IN ('PenaltyDecided', 'PenaltyReissued') AND {WITHIN}"
    assert whole_year.figures["decided"].value == sql(made)
    imposed = f"""SELECT sum(json_extract(item.value, '$.amount_yuan')) FROM p_act a, json_each(a.data, '$.items') item
        WHERE a.type IN ('PenaltyDecided', 'PenaltyReissued', 'PenaltyChanged') AND json_extract(item.value, '$.kind') = 'fine'
        AND {WITHIN} AND a.statement NOT IN ({VOID}) AND a.statement NOT IN
        (SELECT json_extract(subjects, '$.decision') FROM p_act WHERE type IN ('PenaltyRevoked', 'PenaltyChanged'))"""
    assert whole_year.figures["fines"].value == Decimal(f"{sql(imposed):.2f}")


@pytest.mark.parametrize("row", COPIES)
def test_copies_by_sql(whole_year, sql, row):
    """By the register of duties: whose last day passed within the days, and was it done by then."""
    last = "coalesce(strict_due_on, due_on)"
    due = f"""FROM p_duty WHERE "row" = :row AND date({last}, '+1 day') BETWEEN :first AND :last AND own
        AND (cancelled_on IS NULL OR discharged_on <= cancelled_on) AND NOT disputed AND handed_to IS NULL"""
    kind = {"copy_application_to_procuratorate": "application", "copy_acceptance_to_procuratorate": "acceptance",
            "copy_ruling_to_procuratorate": "ruling"}[row]  # fmt: skip
    assert whole_year.figures[f"copies_due#{kind}"].value == sql(f"SELECT count(*) {due}", row=row)
    assert whole_year.figures[f"copies_on_time#{kind}"].value == sql(
        f"SELECT count(*) {due} AND discharged_on <= {last}", row=row
    )


NOT_VOID = f"statement NOT IN ({VOID})"


def test_the_courts_other_answers_by_sql(whole_year, sql):
    """One for each ruling or application, whoever told of it."""
    asked_ = {
        "executed": "count(*) FROM p_act WHERE type = 'ExecutionCompleted' AND json_extract(data, '$.result') = 'full'",
        "refused": "count(DISTINCT json_extract(subjects, '$.ruling')) FROM p_act WHERE type = 'EnforcementRefused'",
        "turned_away": """count(DISTINCT json_extract(subjects, '$.application')) FROM p_act
            WHERE type IN ('EnforcementNotFiled', 'EnforcementNotAccepted')""",
        "round_terminated": "count(*) FROM p_act WHERE type = 'RoundTerminated'",
        "crime_not_filed": "count(*) FROM p_act WHERE type = 'CrimeNotFiled'",
        "crime_parties": """sum((SELECT count(*) FROM json_each(parties))) FROM p_act
            JOIN p_case ON 'case/' || "case" = stream WHERE type = 'CrimeReferred'""",
        "suggestions_adopted": "count(*) FROM p_act WHERE type = 'SuggestionReplied' AND json_extract(data, '$.adopted')",
    }
    for figure, question in asked_.items():
        assert (
            whole_year.figures[figure].value == sql(f"SELECT {question} AND {WITHIN} AND {NOT_VOID}") > 0
        ), figure


def test_farmland_by_sql(whole_year, sql):
    for figure in ("farmland", "basic_farmland"):
        mu = f"""SELECT coalesce(sum(round(json_extract(data, '$.place.{figure}_m2') * 3 / 2000 + 1e-9, 2)), 0)
            FROM p_act WHERE type = 'CaseFiled' AND {WITHIN} AND {NOT_VOID}"""
        assert whole_year.figures[figure].value == Decimal(f"{sql(mu):.2f}"), figure
    assert whole_year.figures["farmland"].value > 0


def test_fines_that_were_paid_by_sql(whole_year, sql):
    """Every payment of the sample states its sum, and nobody performed a fine without paying it in."""
    paid = f"FROM p_act WHERE type = 'FinePaid' AND {WITHIN} AND {NOT_VOID}"
    assert sql(f"SELECT count(*) {paid} AND json_extract(data, '$.amount_yuan') IS NULL") == 0
    assert (
        whole_year.figures["fines_paid"].value
        == sql(f"SELECT sum(json_extract(data, '$.amount_yuan')) {paid}")
        > 0
    )


ABOUT_RECORDS = "('StatementCorrected', 'StatementVoided', 'ActConfirmed', 'ActDisputed')"
OWN_WORD = """SELECT b.statement AS behalf, o.statement AS own FROM p_act b JOIN p_act o ON o.stream = b.stream AND o.type = b.type
    AND o.agency = b.agency AND o.agency = o.signer AND b.agency <> b.signer AND o."index" > b."index"
    AND json_extract(o.data, '$.application') = json_extract(b.data, '$.application')"""
"""What was recorded for an agency that later recorded it itself: one act, and its own."""


def test_acts_and_those_on_behalf_by_sql(whole_year, sql):
    """Acts of cases but for those about the record; a closing after which the case was opened again is none."""
    acts = f"""FROM p_act a WHERE stream LIKE 'case/%' AND type NOT IN {ABOUT_RECORDS} AND {WITHIN} AND {NOT_VOID}
        AND statement NOT IN (SELECT own FROM ({OWN_WORD})) AND NOT (type = 'CaseClosed' AND EXISTS
        (SELECT 1 FROM p_act r WHERE r.stream = a.stream AND r.type = 'CaseReopened' AND r."index" > a."index"))"""
    behalf = f"AND agency <> signer AND statement NOT IN (SELECT behalf FROM ({OWN_WORD}))"
    counted = {
        "acts": sql(f"SELECT count(*) {acts}"),
        "acts_behalf": sql(f"SELECT count(*) {acts} {behalf}"),
        "acts_unconfirmed": sql(f"SELECT count(*) {acts} {behalf} AND evidence LIKE 'attested%'"),
    }
    assert counted == {name: whole_year.figures[name].value for name in counted}
    assert 0 < counted["acts_unconfirmed"] < counted["acts_behalf"]
    for rate in ("behalf", "unconfirmed"):
        share = Decimal(counted[f"acts_{rate}"]) / counted["acts"]
        assert whole_year.figures[f"{rate}_rate"].value == share


# duties, by their register: what a region owes apart from any case stands in none, and is told by the board

JUDGED_BY = "coalesce(strict_due_on, due_on)"
HELD = """FROM p_duty JOIN p_agency a ON a.id = holder
    JOIN p_case d ON d."case" = p_duty."case" JOIN p_agency home ON home.id = d.nr WHERE "row" IN (SELECT value FROM json_each(:rows))
    AND (cancelled_on IS NULL OR discharged_on <= cancelled_on) AND NOT disputed AND handed_to IS NULL
    AND (discharged_on IS NOT NULL OR stopped NOT LIKE '%null]]')"""
MODE = """(SELECT json_extract(value, '$[1]') FROM json_each(a.modes) WHERE json_extract(value, '$[0]') <= :last
    ORDER BY json_extract(value, '$[0]') DESC LIMIT 1)"""
CONFIRMED = f"""(a.kind <> 'discipline' AND (own OR evidence IN ('signed', 'confirmed')
    AND (discharged_on IS NOT NULL OR present OR {MODE} IN ('signing', 'confirming'))))"""
"""本机关签名或者已经其确认: also what was not done, of one that keeps its own record. Discipline inspection is never late."""
CAME_DUE = f"{HELD} AND date({JUDGED_BY}, '+1 day') BETWEEN :first AND :last"
COMES_DUE = f"{HELD} AND discharged_on IS NULL AND opened_on <= :last AND {JUDGED_BY} > :last AND {JUDGED_BY} <= '{NEXT}'"
"""Of what runs already: three months to apply only begin when the terms to seek review and to sue are over."""
STARTED = "(SELECT json_extract(data, '$.on') FROM p_act WHERE type = 'LedgerStarted')"
OVERDUE = f"{HELD} AND discharged_on IS NULL AND {JUDGED_BY} < :last AND {JUDGED_BY} >= {STARTED}"
LATE = f"(discharged_on IS NULL OR discharged_on > {JUDGED_BY} OR discharged_on = {JUDGED_BY} AND coalesce(discharged_at > due_at, 0))"
"""Also by hours on the last day, where its term is in hours."""
IN_TIME = f"NOT {LATE}"
BOUND = f"({IN_TIME} OR a.kind <> 'discipline')"
"""What discipline inspection has not done by a day is pending."""
PARTS = {
    "due": BOUND, "due_on_time": IN_TIME, "due_late": f"{LATE} AND {CONFIRMED}",
    "due_unconfirmed": f"{LATE} AND {BOUND} AND NOT {CONFIRMED}",
}  # fmt: skip


@pytest.fixture(scope="module")
def duty_rows() -> str:
    """The duties of the packs, without rights, waiting times and gates."""
    return json.dumps([row.id for _, pack in shipped().values() for row in pack.rows if row.kind == "duty"])


@pytest.fixture(scope="module")
def regions_owe(sample_year: SampleYear) -> list[dict[str, Any]]:
    board = sample_year.desk(real_command, NOW).ask("duties", "--as-of", LAST)["duties"]
    return [d for d in board if d["case"].startswith("region/") and d["due_on"]]


@pytest.fixture(scope="module")
def owed(sql, duty_rows, regions_owe) -> Callable[[str], Counter[str]]:
    """How many duties, by SQL, of each agency and of each region, as a figure's ids name them."""

    def count(figure: str) -> Counter[str]:
        where = COMES_DUE if figure == "due_next" else f"{CAME_DUE} AND {PARTS[figure]}"
        found: Counter[str] = Counter()
        for holder, region, number in sql.rows(
            f"SELECT holder, home.region, count(*) {where} GROUP BY 1, 2", rows=duty_rows
        ):
            found.update({holder: number, region: number})
        for duty in regions_owe:
            late = duty["discharged_on"] is None or duty["discharged_on"] > duty["due_on"]
            bound = not late or not duty["holder"].startswith("discipline.")
            passed = FIRST <= str(day(duty["due_on"]) + timedelta(1)) <= LAST
            open_yet = duty["discharged_on"] is None and LAST < duty["due_on"] <= NEXT
            how = {
                "due": passed and bound, "due_on_time": passed and not late, "due_late": passed and late and bound,
                "due_next": open_yet,
            }.get(figure, False)  # fmt: skip
            if how:
                found.update((duty["holder"], duty["case"].removeprefix("region/")))
        return found

    return count


def apart(told: Gathered, figure: str) -> dict[str, Any]:
    """A figure of each agency and of each region."""
    marked = (i.partition("@") for i in told.figures.now.ids())
    scopes = [scope for name, mark, scope in marked if name == figure and mark]
    return {scope: told.figures[f"{figure}@{scope}"].value for scope in scopes}


def whole(counted: Mapping[str, Any]) -> Any:
    """All regions together."""
    return sum(number for scope, number in counted.items() if scope.isdigit())


def compare(told: Gathered, figure: str, counted: Mapping[str, Any]) -> None:
    assert apart(told, figure) == counted, figure
    assert told.figures[figure].value == whole(counted) > 0, figure


def compare_rate(told: Gathered, rate: str, part: Mapping[str, Any], of: Mapping[str, Any]) -> None:
    assert apart(told, rate) == {s: Decimal(part.get(s, 0)) / number for s, number in of.items()}, rate
    assert told.figures[rate].value == Decimal(whole(part)) / whole(of) < 1, rate


@pytest.mark.parametrize("figure", [*PARTS, "due_next"])
def test_duties_of_each_agency_and_region_by_sql(whole_year, owed, figure):
    compare(whole_year, figure, owed(figure))


def test_the_share_in_time_of_each_agency_and_region_by_sql(whole_year, owed):
    on_time, late = owed("due_on_time"), owed("due_late")
    compare(whole_year, "due_judged", on_time + late)
    compare_rate(whole_year, "on_time_rate", on_time, on_time + late)


def test_what_was_extended_is_still_to_come_due_by_sql(half_year, sql):
    """On 30 June: the review whose sixty days were extended to 15 July, and which was decided on 6 July."""
    extended = """SELECT count(*) FROM p_duty WHERE "row" = 'decide_review_in_60_days' AND opened_on < '2026-06-30'
        AND due_on BETWEEN '2026-07-01' AND '2026-12-31' AND discharged_on > '2026-06-30' AND extended_on < '2026-06-30'"""
    assert half_year.figures["due_next#decide_review_in_60_days"].value == sql(extended) == 1


def test_the_statistics_too_have_what_was_extended_among_what_is_not_due_yet(sample_year, sql, duty_rows):
    """Of the government that had the review's term extended, on 30 June."""
    (holder,) = sql.rows(
        """SELECT holder FROM p_duty WHERE "row" = 'decide_review_in_60_days' AND due_on = '2026-07-15'"""
    )
    owed = f"""SELECT count(*) {HELD} AND holder = :holder AND {JUDGED_BY} >= :last AND opened_on <= :last
        AND coalesce(discharged_on, cancelled_on, '9999') > :last"""
    told = sample_year.desk(real_command, NOW).ask("statistics", "--from", FIRST, "--to", "2026-06-30")
    (age,) = [a for a in told["ageing"] if (a["age"], a["scope"]) == ("未到期", holder[0])]
    assert age["counted"] == sql(owed, rows=duty_rows, holder=holder[0], last="2026-06-30")


def test_what_is_overdue_of_each_agency_by_sql(whole_year, sql, duty_rows, regions_owe):
    """At the end of the last day; what had passed before the ledger was begun is history."""
    question = f"SELECT holder, count(*) {OVERDUE} AND {{}} GROUP BY 1"
    counted = Counter(dict(sql.rows(question.format(CONFIRMED), rows=duty_rows)))
    counted.update(d["holder"] for d in regions_owe if d["state"] == "overdue")
    of = whole_year.figures
    assert {a: of[f"overdue@{a}"].value for a in of.now.agencies("overdue")} == counted
    unconfirmed = dict(sql.rows(question.format(f"NOT {CONFIRMED}"), rows=duty_rows))
    assert (
        {a: of[f"overdue_unconfirmed@{a}"].value for a in of.now.agencies("overdue_unconfirmed")}
        == unconfirmed
        != {}
    )


@pytest.fixture(scope="module")
def workdays(sql) -> None:
    """A table of the working days by the nation's published list."""
    sql.run("CREATE TEMP TABLE workday (day TEXT PRIMARY KEY)")
    every = (date(2025, 1, 1) + timedelta(n) for n in range(730))
    sql.run("INSERT INTO workday SELECT value FROM json_each(:days)",
            days=json.dumps([d.isoformat() for d in every if chinese_calendar.is_workday(d)]))  # fmt: skip


@pytest.mark.usefixtures("workdays")
def test_days_of_each_line_of_what_is_overdue_by_sql(whole_year, sql, duty_rows, regions_owe):
    """Working days after the last day, or after the day on which another took it over, up to the report's last; the lines
    are printed in the order of their days."""
    since = f"max({JUDGED_BY}, coalesce(taken_over_on, ''))"
    passed = "(SELECT count(*) FROM workday WHERE day > {} AND day <= :last)"
    days = sql.rows(f"SELECT p_duty.id, {CONFIRMED}, {passed.format(since)} {OVERDUE}", rows=duty_rows)
    for duty in regions_owe:
        if duty["state"] == "overdue":
            days.append((duty["id"], 1, sql(f"SELECT {passed.format(':due')}", due=duty["due_on"])))
    listed = {(o.id, o.counts): o.days for o in whole_year.overdue}
    assert listed == {(id_, bool(confirmed)): number for id_, confirmed, number in days}
    printed = {s.figure.id: s.figure.value for s in singles.every(whole_year)}
    for name, confirmed in (("overdue_days", 1), ("overdue_days_unconfirmed", 0)):
        late = sorted((number for _, c, number in days if c == confirmed), reverse=True)
        assert [printed[f"{name}#{n}"] for n, _ in enumerate(late, 1)] == late != []
        assert f"{name}#{len(late) + 1}" not in printed


@pytest.mark.usefixtures("workdays")
def test_days_of_the_copies_by_sql(whole_year, sql):
    """Working days by the nation's published list, from the day it began; a copy not sent yet waits until the last day."""
    took = f"""SELECT (SELECT count(*) FROM workday WHERE day > opened_on AND day <= coalesce(discharged_on, :last)),
        discharged_on IS NOT NULL {CAME_DUE} AND ({IN_TIME} OR {CONFIRMED})"""
    days = sql.rows(took, rows=json.dumps(COPIES))
    late = f"SELECT count(*) {CAME_DUE} AND {LATE} AND {CONFIRMED}"
    figures = whole_year.figures
    assert figures["copies_late"].value == sql(late, rows=json.dumps(COPIES)) > 0
    assert figures["copies_judged"].value == len(days)
    assert figures["copy_days"].value == median(number for number, sent in days if sent)
    assert figures["copy_days_worst"].value == max(number for number, _ in days)


def test_days_in_years_that_are_not_published_by_sql(whole_year, sql, duty_rows):
    """Of the register's open duties those whose last day lies behind the last year that the nation has published."""
    last_year = max(chinese_calendar.holidays).year
    question = """FROM p_duty WHERE "row" IN (SELECT value FROM json_each(:rows)) AND due_on > :published
        AND discharged_on IS NULL AND cancelled_on IS NULL AND handed_to IS NULL"""
    asked_ = {"rows": duty_rows, "published": f"{last_year}-12-31"}
    counted = dict(sql.rows(f"SELECT holder, count(*) {question} GROUP BY 1", **asked_))
    of = whole_year.figures
    assert {a: of[f"provisional@{a}"].value for a in of.now.agencies("provisional")} == counted != {}
    ids = {row[0] for row in sql.rows(f"SELECT id {question}", **asked_)}
    assert set(of["provisional"].about) == ids
    assert of["provisional"].value == len(ids)


# what became of each item of the penalties, and of the cases


def said(field: str, of: str = "") -> str:
    """A field of an act's own words."""
    return f"json_extract({of}{'.' if of else ''}data, '$.{field}')"


def of_item(field: str) -> str:
    return f"json_extract(i.value, '$.{field}')"


def _known(thing: str) -> str:
    """The act that began a thing; of one that an old case came with, the case."""
    its = f"json_extract(a.subjects, '$.{thing}')"
    return f"CASE WHEN {its} IN (SELECT statement FROM p_act) THEN {its} WHEN {its} IS NOT NULL THEN stream END AS {thing}"


ACTS = f"""WITH acts AS (
  SELECT stream, "index" AS at, type, agency, counts_on AS day, statement AS id, data,
    {_known("decision")}, {_known("application")}, {_known("ruling")}
  FROM p_act a WHERE stream LIKE 'case/%' AND {NOT_VOID} AND counts_on <= :last
    AND (type = 'CaseFiled' OR statement NOT IN ({DISPUTED}))
  UNION ALL
  SELECT stream, "index", json_extract(p.value, '$.type'), agency, json_extract(p.value, '$.on'), stream, p.value,
    stream, stream, stream
  FROM p_act, json_each(data, '$.prior_acts') p WHERE p_act.type = 'CaseCarriedForward'
)"""
"""What has happened in the cases, what an old case came with too; such a case brings one decision, one application and one
ruling at most, which here go by the name of its stream."""
ITEMS = f"""{ACTS}, revoked AS (
  SELECT decision FROM acts a WHERE type = 'PenaltyRevoked' OR {said("outcome")} = 'revoked' AND type = 'ReviewDecided'
    OR type = 'LawsuitDecided' AND {said("outcome")} IN ('revoked', 'revoked_and_remade', 'invalid')
      AND coalesce({said("effective_on")}, {said("served_on")}, day) <= :last
      AND NOT EXISTS (SELECT 1 FROM acts f WHERE f.type = 'AppealFiled' AND f.decision = a.decision AND f.at > a.at)
), decided AS (
  SELECT stream, id, coalesce(
    (SELECT {said("items")} FROM acts c WHERE c.type = 'PenaltyChanged' AND c.decision = a.id ORDER BY at DESC LIMIT 1),
    {said("items")}, (SELECT {said("items")} FROM p_act WHERE statement = json_extract(a.data, '$.decision_no'))) AS items
  FROM acts a WHERE type IN ('PenaltyDecided', 'PenaltyReissued') AND id NOT IN (SELECT decision FROM revoked)
), item AS (
  SELECT stream, decided.id AS decision, coalesce({of_item("item_id")}, CAST(i.key + 1 AS text)) AS id,
    {of_item("kind")} AS kind, {of_item("area_m2")} AS area, CAST({of_item("amount_yuan")} AS real) AS amount
  FROM decided, json_each(decided.items) i
), applied AS (
  SELECT stream, at, id, decision, {said("court")} AS court, {said("items")} AS items
  FROM acts WHERE type = 'EnforcementApplied'
), overturned AS (
  SELECT ruling FROM acts WHERE type = 'RulingRevoked' OR type = 'RulingReviewDecided' AND {said("outcome")} = 'revoked'
), granting AS (
  SELECT g.stream, g.ruling, g.application, g.decision, court, coalesce(json_extract(g.data, '$.items'), applied.items) AS items,
    coalesce((SELECT {said("executing_agency")} FROM acts e WHERE e.type = 'ExecutorDesignated' AND e.ruling = g.ruling),
      json_extract(g.data, '$.executing_agency')) AS designated, coalesce(json_extract(g.data, '$.executor'), 'court') AS executor
  FROM acts g JOIN applied ON applied.id = g.application WHERE g.type = 'EnforcementGranted' AND g.ruling NOT IN
    (SELECT ruling FROM overturned)
  GROUP BY g.ruling
), told AS (
  SELECT a.type, a.day, a.decision, {said("amount_yuan", "a")} AS amount, coalesce({said("items", "a")}, granting.items) AS items
  FROM acts a LEFT JOIN granting ON granting.ruling = a.ruling
  WHERE a.type IN ('Performed', 'FinePaid') OR a.type = 'ExecutionCompleted' AND {said("result", "a")} IS NOT 'partial'
), about AS (
  SELECT i.decision, i.id, told.type, told.day, coalesce(told.amount, i.amount) AS amount FROM item i
  JOIN told ON told.decision = i.decision AND (told.items IS NULL OR i.id IN (SELECT value FROM json_each(told.items)))
), paid AS (
  SELECT decision, id, max(day) AS day, sum(amount) AS amount FROM about WHERE type = 'FinePaid' GROUP BY 1, 2
), done AS (
  SELECT * FROM (SELECT item.*, coalesce(
    (SELECT min(day) FROM about a WHERE a.decision = item.decision AND a.id = item.id AND type <> 'FinePaid'),
    (SELECT day FROM paid WHERE paid.decision = item.decision AND paid.id = item.id AND paid.amount >= item.amount AND kind = 'fine'))
    AS day FROM item) WHERE day IS NOT NULL
)"""
"""Each item of the decisions in force, as last changed; and the day on which it was performed, executed or paid in full."""


def test_what_was_demolished_and_confiscated_by_sql(whole_year, sql):
    for figure, kind in (("demolished", "demolish"), ("confiscated", "confiscate_building")):
        of = f"FROM done WHERE kind = '{kind}' AND day BETWEEN :first AND :last"
        assert whole_year.figures[f"{figure}_items"].value == sql(f"{ITEMS} SELECT count(*) {of}")
        mu = sql(f"{ITEMS} SELECT coalesce(sum(round(area * 3 / 2000 + 1e-9, 2)), 0) {of}")
        assert whole_year.figures[figure].value == Decimal(f"{mu:.2f}")
    assert whole_year.figures["demolished_items"].value > 10


def of_departments(sql: Sql, question: str) -> dict[str, Any]:
    """What a question about cases finds, of each department in charge and of its region: its first column names the stream,
    and its second one the number."""
    found: Counter[str] = Counter()  # of decimals, as of fines
    own = f"""SELECT d.nr, home.region, round(sum(number), 2) FROM ({question}) JOIN p_case d ON 'case/' || d."case" = stream
        JOIN p_agency home ON home.id = d.nr GROUP BY 1, 2"""
    for department, region, number in sql.rows(own):
        exact = Decimal(f"{number:.2f}")
        found.update({department: exact, region: exact})
    return +found


def test_what_was_ordered_and_how_much_of_it_was_done_by_sql(whole_year, sql):
    """Fines and demolitions of the decisions in force, of each department and region. Of a fine that was paid in part, the
    part counts."""
    part = """SELECT stream, CASE WHEN (decision, id) IN (SELECT decision, id FROM done) THEN amount ELSE min(amount,
        coalesce((SELECT amount FROM paid WHERE paid.decision = item.decision AND paid.id = item.id), 0)) END AS number"""
    asked_ = {
        "fines_due_total": "SELECT stream, amount AS number FROM item WHERE kind = 'fine'",
        "fines_paid_total": f"{part} FROM item WHERE kind = 'fine'",
        "demolition_ordered": "SELECT stream, 1 AS number FROM item WHERE kind = 'demolish'",
        "demolition_done": "SELECT stream, 1 AS number FROM done WHERE kind = 'demolish'",
    }
    counted = {figure: of_departments(sql, f"{ITEMS} {question}") for figure, question in asked_.items()}
    for figure, numbers in counted.items():
        compare(whole_year, figure, numbers)
    compare_rate(whole_year, "fines_rate", counted["fines_paid_total"], counted["fines_due_total"])
    compare_rate(whole_year, "demolition_rate", counted["demolition_done"], counted["demolition_ordered"])
    unpaid = (
        f"{ITEMS} SELECT count(*) FROM paid JOIN item USING (decision, id) WHERE paid.amount < item.amount"
    )
    assert sql(unpaid) > 0


def test_what_was_granted_and_how_much_of_it_was_executed_by_sql(whole_year, sql):
    """Of each region, and of whoever has to execute: the court, who was designated, or the region's government (裁执分离)."""
    executor = """CASE WHEN g.executor = 'court' THEN court ELSE coalesce(designated,
        (SELECT id FROM p_agency WHERE kind = 'government' AND region = home.region)) END"""
    question = f"""{ITEMS} SELECT {executor}, home.region, count(*), count(done.day) FROM granting g
        JOIN item i ON i.decision = g.decision AND (g.items IS NULL OR i.id IN (SELECT value FROM json_each(g.items)))
        LEFT JOIN done USING (decision, id) JOIN p_case d ON 'case/' || d."case" = g.stream JOIN p_agency home ON home.id = d.nr
        GROUP BY 1, 2"""
    granted, executed = Counter[str](), Counter[str]()
    for who, region, number, done in sql.rows(question):
        granted.update({who: number, region: number})
        executed.update({who: done, region: done})
    compare(whole_year, "granted_items", granted)
    compare(whole_year, "granted_done", +executed)
    compare_rate(whole_year, "execution_rate", executed, granted)


STAGE = f"""{ITEMS}, closed AS (
  SELECT stream FROM acts c WHERE (type = 'CaseClosed' OR type = 'CasesJoined' AND {said("into")} IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM acts r WHERE r.stream = c.stream AND r.type = 'CaseReopened' AND r.at > c.at)
), turned_down AS (
  SELECT application FROM acts WHERE type IN ('EnforcementNotFiled', 'EnforcementNotAccepted', 'EnforcementRefused')
    AND ruling NOT IN (SELECT ruling FROM overturned) AND application NOT IN (SELECT application FROM granting)
), ordered AS (
  SELECT g.application, count(*) AS items, count(done.day) AS done FROM granting g
  JOIN item i ON i.decision = g.decision AND (g.items IS NULL OR i.id IN (SELECT value FROM json_each(g.items)))
  LEFT JOIN done USING (decision, id) GROUP BY 1
), course AS (
  SELECT a.stream, a.at, a.decision, a.items, CASE
    WHEN id IN (SELECT application FROM acts WHERE type = 'ExecutionTerminated') THEN 'terminated'
    WHEN id IN (SELECT application FROM acts WHERE type = 'ApplicationWithdrawn') THEN 'withdrawn'
    WHEN id IN (SELECT application FROM turned_down) THEN 'turned_down'
    WHEN id IN (SELECT application FROM ordered WHERE items = done) THEN 'executed'
    WHEN (SELECT type FROM acts s WHERE s.application = a.id AND type IN ('ExecutionSuspended', 'ExecutionResumed')
      ORDER BY at DESC LIMIT 1) = 'ExecutionSuspended' THEN 'suspended'
    WHEN id IN (SELECT application FROM ordered) THEN 'granted'
    WHEN id IN (SELECT application FROM acts WHERE type IN ('EnforcementAccepted', 'AcceptanceReceived')) THEN 'accepted'
    ELSE 'applied' END AS stands
  FROM applied a WHERE decision IN (SELECT id FROM decided)
), unsettled AS (
  SELECT stream FROM item WHERE (decision, id) NOT IN (SELECT decision, id FROM done) AND NOT EXISTS (SELECT 1 FROM course
    WHERE course.decision = item.decision AND stands = 'terminated'
    AND (items IS NULL OR item.id IN (SELECT value FROM json_each(items))))
), stage AS (
  SELECT 'case/' || "case" AS stream, CASE
    WHEN 'case/' || "case" IN (SELECT stream FROM closed) THEN 'closed'
    WHEN 'case/' || "case" IN (SELECT stream FROM acts WHERE type = 'NoPenaltyDecided') THEN 'settled'
    WHEN 'case/' || "case" NOT IN (SELECT stream FROM decided) THEN 'investigating'
    WHEN 'case/' || "case" NOT IN (SELECT stream FROM unsettled) THEN 'settled'
    ELSE coalesce(
      (SELECT stands FROM course WHERE course.stream = 'case/' || "case"
        AND stands IN ('applied', 'accepted', 'granted', 'suspended') ORDER BY at DESC LIMIT 1),
      (SELECT stands FROM (SELECT stands, max(at) FROM course WHERE course.stream = 'case/' || "case")
        WHERE stands = 'turned_down'),
      'decided') END AS stage
  FROM p_case WHERE kind = 'case' AND filed_on <= :last
)"""
"""How far each case has come, from its acts alone: the stage is stored nowhere. Whatever is in force decides: a decision that
was not revoked, a ruling that was not overturned, the last application that the court still has on its desk."""


@pytest.mark.parametrize("last", ["2026-06-30", LAST])
def test_the_stages_of_the_cases_by_sql(whole_year, half_year, sql, last):
    """Of each department and region, on two days."""
    question = f"""{STAGE} SELECT stage, d.nr, home.region, count(*) FROM stage JOIN p_case d ON 'case/' || d."case" = stream
        JOIN p_agency home ON home.id = d.nr GROUP BY 1, 2, 3"""
    counted: dict[str, Counter[str]] = {stage: Counter() for stage in STAGES}
    for stage, department, region, number in sql.rows(question, last=last):
        counted[f"stage.{stage}"].update({department: number, region: number})
    told = whole_year if last == LAST else half_year
    for stage, numbers in counted.items():
        compare(told, stage, numbers)
    assert told.figures["on_record"].value == sum(map(whole, counted.values()))


def figures_of(desk: Desk, last: str) -> Figures:
    """Of a small ledger, of the days since 2026 began."""
    with desk.open() as ledger:
        return gather(ledger, asked(ledger, None, Period(day("2026-01-01"), day(last)))).figures.now


def stages_of(desk: Desk, last: str) -> list[str]:
    figures = figures_of(desk, last)
    return [stage.removeprefix("stage.") for stage in STAGES for _ in range(int(figures.number(stage)))]


def test_a_case_without_a_penalty_is_settled_before_it_is_closed(told_here):
    """Which the sample closes on the same day."""
    minor = [
        line("CaseFiled", "nr.lhasa", "2026-01-05", FILING, case="拉自然资执〔2026〕1号"),
        line(
            "NoPenaltyDecided",
            "nr.lhasa",
            "2026-02-02",
            {"reasons": "轻微并及时改正"},
            case="拉自然资执〔2026〕1号",
        ),
    ]
    assert stages_of(told_here, "2026-03-20") == ["accepted"]
    told_here.replay(minor)
    assert stages_of(told_here, "2026-02-01") == ["investigating", "decided"]
    assert stages_of(told_here, "2026-03-20") == ["accepted", "settled"]


def test_what_the_court_refused_in_part_waits_for_the_other_ruling_and_what_it_terminated_is_settled(
    told_here,
):
    """Two items, of which a first ruling refuses one; the execution of the other is terminated for good after its grant,
    as nothing of the building is left."""
    case = "拉自然资执〔2026〕1号"
    items = [{"kind": "demolish"}, {"kind": "fine", "amount_yuan": "1000.00"}]
    acts: list[tuple[str, str, str, dict[str, Any]]] = [
        ("CaseFiled", "nr.lhasa", "2025-03-03", FILING),
        ("PenaltyDecided", "nr.lhasa", "2025-04-01", {"decision_no": "罚1", "items": items}),
        ("PenaltyServed", "nr.lhasa", "2025-04-03", {"decision_no": "罚1", "method": "direct"}),
        ("FinePaid", "nr.lhasa", "2025-04-10", {"decision_no": "罚1"}),
        ("EnforcementApplied", "nr.lhasa", "2025-11-03", {"court": "court.chengguan", "decision_no": "罚1"}),
        ("EnforcementAccepted", "court.chengguan", "2025-11-05", {"review_case_no": "行审1"}),
        ("EnforcementGranted", "court.chengguan", "2025-11-12",
         {"ruling_no": "裁1", "executor": "court", "items": ["1"]}),
        ("EnforcementRefused", "court.chengguan", "2025-11-14",
         {"ruling_no": "裁2", "reasons": "已缴清", "items": ["2"]}),
        ("ExecutionTerminated", "court.chengguan", "2026-03-02", {"reasons": "标的物灭失"}),
    ]  # fmt: skip
    told_here.replay([line(t, who, on, data, case=case) for t, who, on, data in acts])
    assert stages_of(told_here, "2026-03-01") == ["accepted", "granted"]
    assert stages_of(told_here, "2026-03-20") == ["accepted", "settled"]


def test_what_a_court_revoked_stands_until_the_judgment_takes_effect(told_here):
    """行政诉讼法 §85: of 10 March, in effect on 25 March, when the fifteen days to appeal are over. Until then the fine is due."""
    case = "拉自然资执〔2026〕1号"
    fine = [{"kind": "fine", "amount_yuan": "1000.00"}]
    judged = {
        "court_case_no": "行初1",
        "instance": "first",
        "outcome": "revoked",
        "effective_on": "2026-03-25",
    }
    acts: list[tuple[str, str, str, dict[str, Any]]] = [
        ("CaseFiled", "nr.lhasa", "2026-01-05", FILING),
        ("PenaltyDecided", "nr.lhasa", "2026-01-12", {"decision_no": "罚1", "items": fine}),
        ("PenaltyServed", "nr.lhasa", "2026-01-13", {"decision_no": "罚1", "method": "direct"}),
        ("LawsuitFiled", "court.chengguan", "2026-02-02",
         {"decision_no": "罚1", "court": "court.chengguan", "court_case_no": "行初1"}),
        ("LawsuitDecided", "court.chengguan", "2026-03-10", judged),
    ]  # fmt: skip
    told_here.replay([line(t, who, on, data, case=case) for t, who, on, data in acts])
    for last, stages, due in (
        ("2026-03-24", ["decided", "accepted"], 1000),
        ("2026-03-25", ["investigating", "accepted"], 0),
    ):
        assert stages_of(told_here, last) == stages
        assert [figures_of(told_here, last).number(f) for f in ("fines", "fines_due_total")] == [due, due]


def test_a_fine_that_the_court_executed_is_paid(told_here):
    """600 of 1,000 yuan, the party having paid 400 itself: in the period in which it was, and of all that is due."""
    case = "拉自然资执〔2026〕1号"
    fine = [{"kind": "fine", "amount_yuan": "1000.00"}]
    acts: list[tuple[str, str, str, dict[str, Any]]] = [
        ("CaseFiled", "nr.lhasa", "2025-03-03", FILING),
        ("PenaltyDecided", "nr.lhasa", "2025-04-01", {"decision_no": "罚1", "items": fine}),
        ("PenaltyServed", "nr.lhasa", "2025-04-03", {"decision_no": "罚1", "method": "direct"}),
        ("FinePaid", "nr.lhasa", "2025-04-10", {"decision_no": "罚1", "amount_yuan": "400.00"}),
        ("EnforcementApplied", "nr.lhasa", "2025-11-03", {"court": "court.chengguan", "decision_no": "罚1"}),
        ("EnforcementGranted", "court.chengguan", "2025-11-12", {"ruling_no": "裁1", "executor": "court"}),
        ("ExecutionCompleted", "court.chengguan", "2026-03-02", {"ruling_no": "裁1", "result": "full"}),
    ]  # fmt: skip
    told_here.replay([line(t, who, on, data, case=case) for t, who, on, data in acts])
    wanted = {"2026-03-01": [0, 400], "2026-03-02": [600, 1000]}
    for last, paid in wanted.items():
        figures = figures_of(told_here, last)
        assert [figures.number(name) for name in ("fines_paid", "fines_paid_total")] == paid
    with told_here.open() as ledger:
        types = {a.id: a.type for a in ledger.acts(f"case/{case}")}
    by = {name: {types[act] for act in figures[name].about} for name in ("fines_paid", "fines_paid_total")}
    assert by["fines_paid"] == {"ExecutionCompleted"}
    assert by["fines_paid_total"] == {"PenaltyDecided", "FinePaid", "ExecutionCompleted"}


def test_what_was_granted_is_not_once_the_ruling_is_revoked(told_here):
    """Which no ruling of the sample is that grants: the court has the application on its desk again."""
    grant = {"ruling_no": "裁81", "executor": "court"}
    told_here.replay([
        line("EnforcementGranted", "court.chengguan", "2026-03-02", grant),
        line("RulingRevoked", "court.chengguan", "2026-03-10", {"ruling_no": "裁81", "what": "确有错误"}),
    ])  # fmt: skip
    for last, stages, items in (("2026-03-09", ["granted"], 1), ("2026-03-10", ["accepted"], 0)):
        assert stages_of(told_here, last) == stages
        assert figures_of(told_here, last).number("granted_items") == items


ACCOUNT = f"""{ITEMS}, removed AS (
  SELECT stream, min(counts_on) AS day FROM p_act WHERE type = 'RemovalVerified' AND {NOT_VOID} GROUP BY 1
), complete AS (
  SELECT "case" AS no, max(filed_on, removed.day,
    coalesce((SELECT max(day) FROM done WHERE done.stream = removed.stream), filed_on)) AS day
  FROM p_case JOIN removed ON removed.stream = 'case/' || "case"
  WHERE kind = 'case' AND filed_on <= :last AND NOT EXISTS
    (SELECT 1 FROM item LEFT JOIN done USING (stream, decision, id) WHERE item.stream = removed.stream AND done.day IS NULL)
  AND removed.stream IN (SELECT stream FROM item UNION SELECT stream FROM acts WHERE type = 'NoPenaltyDecided')
), agreed AS (
  SELECT substr(json_extract(data, '$.row'), 7) AS no, min(counts_on) AS day FROM p_act WHERE type = 'WriteOffAgreed' GROUP BY 1
), back AS (
  SELECT substr(json_extract(data, '$.row'), 7) AS no, counts_on AS day FROM p_act WHERE type = 'RowReinstated'
), life AS (
  SELECT p."case" AS no, p.filed_on, back.day AS back,
    CASE WHEN agreed.day IS NULL OR c.day <= agreed.day THEN c.day ELSE agreed.day END AS off
  FROM p_case p LEFT JOIN complete c ON c.no = p."case" LEFT JOIN agreed ON agreed.no = p."case"
  LEFT JOIN back ON back.no = p."case" WHERE p.kind = 'case' AND p.filed_on <= :last
)"""
"""A case is off the books on the day that all of it was done and the removal verified, or it was agreed to write it off."""


def test_the_balance_by_sql(whole_year, sql):
    within = "BETWEEN :first AND :last"
    counted = {
        "opening": sql(
            f"{ACCOUNT} SELECT count(*) FROM life WHERE filed_on < :first AND (off IS NULL OR off >= :first)"
        ),
        "new": sql(f"{ACCOUNT} SELECT sum(filed_on {within}) + count(back) FROM life"),
        "reinstated": sql(f"{ACCOUNT} SELECT count(*) FROM life WHERE back {within}"),
        "written_off": sql(f"{ACCOUNT} SELECT count(*) FROM life WHERE off {within}"),
        "closing": sql(f"{ACCOUNT} SELECT count(*) FROM life WHERE off IS NULL OR back IS NOT NULL"),
    }
    assert counted == {name: whole_year.figures[name].value for name in counted}
    assert all(counted.values())


def test_rates_by_the_counts_of_sql(whole_year, sql, duty_rows):
    """Each from its definition, of two numbers that are counted by SQL."""
    granted = sql("SELECT count(*) FROM p_application WHERE granted_on BETWEEN :first AND :last")
    refused = sql(
        f"SELECT count(DISTINCT json_extract(subjects, '$.ruling')) FROM p_act WHERE type = 'EnforcementRefused' AND {WITHIN}"
    )
    on_time, late = (
        sql(f"SELECT count(*) {CAME_DUE} AND {PARTS[f'due_{how}']}", rows=json.dumps(COPIES))
        for how in ("on_time", "late")
    )
    off = sql(f"{ACCOUNT} SELECT count(*) FROM life WHERE off BETWEEN :first AND :last")
    closing = sql(f"{ACCOUNT} SELECT count(*) FROM life WHERE off IS NULL OR back IS NOT NULL")
    shares = {
        "grant_rate": (granted, granted + refused),
        "copies_rate": (on_time, on_time + late),
        "closing_rate": (off, off + closing),
    }
    for rate, (part, whole) in shares.items():
        assert whole_year.figures[rate].value == Decimal(part) / whole, rate


# what the meetings agreed on

AGREED = f"""WITH acts AS (
  SELECT stream, "index" AS at, type, agency, counts_on AS day, data FROM p_act
  WHERE stream LIKE 'meeting/%' AND counts_on <= :last AND {NOT_VOID}
), convened AS (
  SELECT stream, {said("kind")} AS kind FROM acts JOIN p_agency a ON a.id = agency
  WHERE type = 'MeetingConvened' AND a.kind = 'nr' AND a.level = 'city'
), minutes AS (
  SELECT stream, agency, data, max(at) AS at FROM acts WHERE type = 'MinutesDrafted' GROUP BY 1
), listed AS (
  SELECT stream, {of_item("item_no")} AS no, {of_item("holder")} AS holder, {of_item("due_on")} AS due_on
  FROM minutes, json_each(data, '$.items') i
), needed AS (
  SELECT stream, value AS agency FROM acts, json_each(data, '$.attended') WHERE acts.type = 'MeetingHeld'
  UNION SELECT stream, holder FROM listed EXCEPT SELECT stream, agency FROM minutes
), signed AS (
  SELECT stream, day, kind FROM convened JOIN minutes USING (stream) JOIN acts held USING (stream)
  WHERE held.type = 'MeetingHeld' AND NOT EXISTS (SELECT 1 FROM needed WHERE needed.stream = minutes.stream AND NOT EXISTS
    (SELECT 1 FROM acts e WHERE e.stream = minutes.stream AND type = 'MinutesEndorsed' AND e.agency = needed.agency AND e.at > minutes.at))
), state AS (
  SELECT holder, day, due_on,
    EXISTS (SELECT 1 FROM acts c WHERE c.stream = l.stream AND type = 'ItemClosed' AND {said("item_no", "c")} = no) AS closed,
    EXISTS (SELECT 1 FROM acts r WHERE r.stream = l.stream AND type = 'ItemReported' AND {said("item_no", "r")} = no) AS reported
  FROM listed l JOIN signed USING (stream)
), agreed AS (
  SELECT * FROM state WHERE day >= (SELECT max(day) FROM signed WHERE kind = 'regular') OR NOT closed
)"""
"""The city's meetings: what stands in minutes that all who were there, and all who are to do something, have endorsed."""
STANDING = {
    "agreed_items": "1", "agreed_done": "closed", "agreed_reported": "reported AND NOT closed",
    "agreed_overdue": "due_on < :last AND NOT closed",
}  # fmt: skip


def test_what_was_agreed_and_what_became_of_it_by_sql(whole_year, half_year, sql):
    """Of each agency that is to do something, on two days."""
    found: Counter[str] = Counter()
    for told, last in ((half_year, "2026-06-30"), (whole_year, LAST)):
        counted = {
            figure: dict(
                sql.rows(f"{AGREED} SELECT holder, count(*) FROM agreed WHERE {where} GROUP BY 1", last=last)
            )
            for figure, where in STANDING.items()
        }
        for figure, numbers in counted.items():
            assert apart(told, figure) == numbers, figure
            assert told.figures[figure].value == sum(numbers.values())
            found[figure] += sum(numbers.values())
        done, items = counted["agreed_done"], counted["agreed_items"]
        assert apart(told, "agreed_rate") == {who: Decimal(done.get(who, 0)) / n for who, n in items.items()}
        assert told.figures["agreed_rate"].value == Decimal(sum(done.values())) / sum(items.values())
    assert all(found[figure] > 0 for figure in STANDING)


def test_the_last_meeting_is_the_last_one_though_it_agreed_on_nothing(told_here):
    """What an earlier one agreed on and was done with is not told again."""
    there = {"kind": "regular", "agenda": [{"class": "通报", "text": "进展"}], "attendees": ["court.lhasa"]}
    items = [{"item_no": "1", "text": "统一材料清单", "holder": "nr.lhasa", "due_on": "2026-02-27"}]
    for number, held, signed, listed in (
        (1, "2026-01-08", "2026-01-12", items), (2, "2026-03-05", "2026-03-09", []),
    ):  # fmt: skip
        acts: list[tuple[str, str, str, dict[str, Any]]] = [
            ("MeetingConvened", "nr.lhasa", "2026-01-04", {**there, "on": held}),
            ("MeetingHeld", "nr.lhasa", held, {"attended": ["court.lhasa"], "absent": []}),
            ("MinutesDrafted", "nr.lhasa", held, {"items": listed}),
            ("MinutesEndorsed", "court.lhasa", signed, {}),
        ]
        told_here.replay([line(t, who, on, data, f"meeting/2026-{number}") for t, who, on, data in acts])
    told_here.replay([line("ItemClosed", "nr.lhasa", "2026-02-02", {"item_no": "1"}, "meeting/2026-1")])
    for last, told in (("2026-03-08", [1, 1]), ("2026-03-09", [0, 0])):
        figures = figures_of(told_here, last)
        assert [figures.number(name) for name in ("agreed_items", "agreed_done")] == told
