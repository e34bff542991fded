"""Which topic is whose, and who may do what with it."""

from datetime import date

from connectors import topics
from connectors.broker import why
from connectors.topics import Change, Found, Permission
from domain.acts import Act
from domain.acts.registry import AgencyChanged, AgencyRegistered
from domain.registry import Agency, Registry, evolve


def registry(*agencies):
    made = {a: Agency(a, kind, a, "city", region) for a, kind, region in agencies}
    return Registry(agencies=made, started={"540100": date(2026, 1, 1)})


LHASA = registry(
    ("court.lhasa", "court", "540100"), ("police.lhasa", "police", "540100"), ("police.forest", "police", "540100"),
    ("court.chengguan", "court", "540102"),
)  # fmt: skip


def test_the_only_one_of_its_kind_in_a_region_has_the_short_topic():
    assert topics.act_topics(LHASA) == {
        "court.lhasa": "gongze.540100.court", "police.lhasa": "gongze.agency.police.lhasa",
        "police.forest": "gongze.agency.police.forest", "court.chengguan": "gongze.540102.court",
    }  # fmt: skip
    assert topics.dead_letters(LHASA) == "gongze.540100.dead-letter"
    assert topics.owner(topics.inbox("court.lhasa")) == "court.lhasa"


def acted(before, event):
    return evolve(
        before, Act("0" * 32, "registry", "operator", "operator", "operator/1", date(2026, 3, 2), 0, event, 0)
    )


def changed(before, agency, region):
    return acted(before, AgencyChanged(id=agency, region=region))


def registered(before, agency, kind, region):
    new = AgencyRegistered(id=agency, kind=kind, name=agency, level="county", region=region)
    return acted(before, new)


def test_a_topic_with_the_history_of_one_agency_never_becomes_another_ones():
    left = changed(LHASA, "court.chengguan", "540103")
    back = changed(left, "court.chengguan", "540102")
    assert topics.act_topics(left) == topics.act_topics(back) == topics.act_topics(LHASA)
    assert topics.moved(LHASA, left) == []
    for before in (left, back):
        after = registered(before, "court.new", "court", "540102")
        names = topics.act_topics(after)
        assert names["court.new"] == "gongze.agency.court.new"
        assert names["court.chengguan"] == "gongze.agency.court.chengguan"
        assert topics.moved(before, after) == ["court.chengguan"]
        readers = [p.user for p in topics.permissions(after, "gongze") if p.name == "gongze.540102.court"]
        assert readers == []


def test_of_two_in_one_region_neither_gets_the_short_topic_when_the_other_goes():
    left = changed(LHASA, "police.forest", "540103")
    assert topics.act_topics(left) == topics.act_topics(LHASA)


def test_who_comes_from_another_region_takes_nobody_s_topic_and_leaves_everyone_s():
    came = changed(LHASA, "court.chengguan", "540100")
    assert topics.act_topics(came) == topics.act_topics(LHASA)
    gone = changed(came, "court.lhasa", "540104")
    assert topics.act_topics(registered(gone, "court.second", "court", "540104")) == {
        **topics.act_topics(LHASA), "court.second": "gongze.540104.court",
    }  # fmt: skip


def test_who_cannot_have_a_topic_is_left_out():
    of = registry(
        ("court.lhasa", "court", "540100"), ("法院.拉萨", "court", "540102"), ("a/b", "court", "540103")
    )
    assert topics.in_exchange(of) == ["court.lhasa"]
    assert list(topics.act_topics(of)) == ["court.lhasa"]


def test_no_act_topic_is_ever_compacted_and_the_position_is():
    policies = {t.name: t.config["cleanup.policy"] for t in topics.wanted(LHASA)}
    assert {name for name, policy in policies.items() if policy != "delete"} == {"gongze.position"}
    kept = {t.name: t.config.get("retention.ms") for t in topics.wanted(LHASA)}
    assert kept["gongze.540100.court"] == kept["gongze.540100.dead-letter"] == "-1"
    assert kept["gongze.inbox.court.lhasa"] == "7776000000"  # 90 days of 86,400,000 ms


def test_the_difference_names_what_is_missing_other_and_not_to_be_changed():
    wanted = topics.wanted(LHASA)
    found = {t.name: Found(1, dict(t.config)) for t in wanted}
    assert list(topics.changes(wanted, found)) == []
    del found["gongze.position"]
    found["gongze.540100.court"] = Found(
        3, {"cleanup.policy": "compact", "retention.ms": "-1", "retention.bytes": "-1"}
    )
    assert set(topics.changes(wanted, found)) == {
        Change("gongze.position", "create"),
        Change("gongze.540100.court", "partitions", "partitions", "3", "1"),
        Change("gongze.540100.court", "alter", "cleanup.policy", "compact", "delete"),
    }


def test_an_agency_may_read_its_own_topic_in_its_own_groups_and_write_its_own_inbox_and_nothing_else():
    granted = [p for p in topics.permissions(LHASA, "gongze") if p.user == "police.forest"]
    assert set(granted) == {
        Permission("police.forest", "topic", "gongze.agency.police.forest", "read"),
        Permission("police.forest", "topic", "gongze.inbox.police.forest", "write"),
        Permission("police.forest", "group", "police.forest", "read"),
        Permission("police.forest", "group", "police.forest/", "read", prefixed=True),
    }


def test_what_the_library_says_becomes_one_sentence():
    told = [
        "Bootstrap connection to x failed: [Error 58] SaslAuthenticationFailedError: no (backoff 0.1 secs)"
    ]
    assert "口令不对" in why(told, "timeout")
    assert "端口" not in why(told, "timeout")
    assert "timeout" in why([], "timeout")
