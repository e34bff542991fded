"""The lines of a case script: read strictly, named by their content alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusal import Refusal
from gongze.script import LINE_MAX, KeyRing, Line, parse, physical_lines

ACT = {
    "type": "NoticeIssued", "case": "拉自然资执〔2026〕1号", "actor": "nr.lhasa", "occurred_on": "2026-02-10",
    "data": {"notice": "stop_violation", "notice_no": "停1"},
}  # fmt: skip
LEDGER = "gongze.example/test/" + "ab" * 32


def read(**changes: object) -> Line:
    return parse(1, json.dumps({**ACT, **changes}).encode())


def refused(**changes: object) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as found:
        read(**changes)
    return found.value.code, found.value.field


# --- lines of a file ----------------------------------------------------------------------------------------


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    path = tmp_path / "script.jsonl"
    path.write_bytes(b"\xef\xbb\xbfone\r\n\r\n  two  \n \t \n\xef\xbb\xbfthree")
    found = list(physical_lines(path))
    assert found == [(1, b"one"), (3, b"two"), (5, b"\xef\xbb\xbfthree")]  # a mark is one at the start only
    path.write_bytes(b"")
    assert list(physical_lines(path)) == []


# --- streams ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "stream"),
    [
        ("拉自然资执〔2026〕1号", "case/拉自然资执〔2026〕1号"),
        ("拉自然资执(2026)1号", "case/拉自然资执〔2026〕1号"),
        (" 拉自然资执［2026］1号 ", "case/拉自然资执〔2026〕1号"),
        ("registry", "registry"),
        ("meeting/2026-1", "meeting/2026-1"),
        ("discipline/x/y", "discipline/x/y"),
        ("registry/x", "case/registry/x"),  # no kind of stream: a bare number with a slash in it
        ("bakery/1", "case/bakery/1"),
        ("case/1", "case/case/1"),
        ("e\u0301", "case/\u00e9"),  # NFC
    ],
)
def test_the_stream_of_a_line(case, stream):
    assert read(case=case).stream == stream


def test_an_officer_is_the_agencys_first_unless_named():
    assert read().officer == "nr.lhasa/1"
    assert read(actor="operator").officer == "operator/1"
    assert read(officer="nr.lhasa/zhang-3").officer == "nr.lhasa/zhang-3"
    for other in ("nr.lhasa", "nr.lhasa/", "nr.lhasa/../x", "nr.duilong/1", "nrxlhasa/1", "nr.lhasa/1\n"):
        assert refused(officer=other) == ("schema_invalid", "officer")


@pytest.mark.parametrize(
    "actor",
    [
        "",
        "nr",
        "NR.lhasa",
        "nr.Lhasa",
        "nr.",
        ".lhasa",
        "nr.lhasa/1",
        "../../etc",
        "nr.拉萨",
        "nr.lhasa\n",
        "n r.x",
    ],
)
def test_an_actor_that_is_no_agency(actor):
    assert refused(actor=actor) == ("schema_invalid", "actor")


def test_a_line_has_its_limit():
    fits = json.dumps({**ACT, "case": "x"})
    parse(1, (fits + " " * (LINE_MAX - len(fits))).encode())
    with pytest.raises(Refusal) as found:
        parse(1, (fits + " " * (LINE_MAX + 1 - len(fits))).encode())
    assert found.value.code == "too_large"


# --- ids ----------------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def reordered(value: object) -> object:
    if isinstance(value, dict):
        return {k: reordered(v) for k, v in reversed(value.items())}
    return [reordered(v) for v in value] if isinstance(value, list) else value


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), VALUES, max_size=4), st.booleans())
def test_the_id_does_not_hang_on_how_a_line_is_spelled(data, ascii_only):
    plain = read(data=data)
    other = parse(7, json.dumps(reordered({**ACT, "data": data}), ensure_ascii=ascii_only, indent=3).encode())
    assert plain.cti(LEDGER) == other.cti(LEDGER)


@pytest.mark.parametrize(
    "changes",
    [
        {"case": "拉自然资执〔2026〕2号"}, {"actor": "nr.duilong"}, {"occurred_on": "2026-02-11"}, {"officer": "nr.lhasa/1"},
        {"received_at": "2026-02-10T15:04:05+08:00"}, {"data": {**ACT["data"], "notice_no": "停2"}}, {"type": "CaseFiled"},  # type: ignore[dict-item]
    ],
)  # fmt: skip
def test_another_line_or_another_ledger_is_another_id(changes):
    assert read(**changes).cti(LEDGER) != read().cti(LEDGER)
    assert read().cti(LEDGER) != read().cti(LEDGER.replace("ab", "cd"))


def test_the_id_is_a_uuid7_of_the_receipt_or_else_of_the_day():
    """RFC 9562 §5.7: 48 bits of milliseconds, version 7, variant 10. 2026-02-09T16:00Z is 1770652800 seconds, the
    start of 10 February in Shanghai; 15:04:05 there is 54,245 seconds later."""
    of_day, of_receipt = read().cti(LEDGER), read(received_at="2026-02-10T15:04:05+08:00").cti(LEDGER)
    assert int.from_bytes(of_day[:6]) == 1_770_652_800_000
    assert int.from_bytes(of_receipt[:6]) == 1_770_652_800_000 + 54_245_000
    for cti in (of_day, of_receipt):
        assert (len(cti), cti[6] >> 4, cti[8] >> 6) == (16, 7, 0b10)


# --- keys ---------------------------------------------------------------------------------------------------


def test_a_ring_has_no_key_that_lies_outside_it(tmp_path):
    ring = KeyRing(tmp_path)
    with pytest.raises(Refusal) as found:
        ring.for_line(read(), None)
    assert found.value.code == "key_unknown"
    (tmp_path / "nr.lhasa").mkdir()
    (tmp_path / "nr.lhasa/1.key").write_text("no key")
    with pytest.raises(Refusal) as found:
        ring.for_line(read(), None)
    assert found.value.code == "key_file_unusable"
