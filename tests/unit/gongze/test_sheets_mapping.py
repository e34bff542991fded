"""Which column is which field: known names, what somebody says, what is kept of it."""

import pytest

from domain.refusal import Refusal
from gongze.sheets.mapping import FIELDS, columns_of, keep, kept, recogniser, said
from gongze.sheets.reading import Head, bare


def heads(*names):
    return [Head(name, number, full=name) for number, name in enumerate(names)]


def refused(call, *arguments):
    with pytest.raises(Refusal) as found:
        call(*arguments)
    return found.value


@pytest.mark.parametrize("purpose", FIELDS)
def test_no_name_stands_for_two_fields(purpose):
    names = [bare(name) for field in FIELDS[purpose] for name in field.names]
    assert len(names) == len(set(names))


def test_columns_are_known_by_the_names_that_offices_use():
    found = columns_of("carried", heads("立案编号", "违法主体", "占地面积", "承办人"), {})
    assert {code: head.name for code, head in found.by_code.items()} == {
        "case": "立案编号", "parties": "违法主体", "area": "占地面积",
    }  # fmt: skip
    assert found.unused == ("承办人",)


def test_what_somebody_says_goes_before_the_known_names():
    found = columns_of("carried", heads("案号", "单位名称", "当事人"), {"单位名称": "parties"})
    assert found.by_code["parties"].name == "单位名称"
    assert found.unused == ("当事人",)


def test_a_column_that_is_not_there_is_refused_with_those_there_are():
    refusal = refused(columns_of, "carried", heads("案号", "当事人"), {"编号": "case"})
    assert (refusal.code, refusal.field) == ("column_missing", "--map")
    assert "案号、当事人" in refusal.message


def test_a_needed_column_that_is_missing_is_refused_with_those_there_are():
    refusal = refused(columns_of, "filed", heads("案号", "当事人"), {})
    assert (refusal.code, refusal.field) == ("column_missing", "FILE")
    assert "案件名称" in refusal.message
    assert "案号、当事人" in refusal.message


@pytest.mark.parametrize(("names", "given"), [
    (("案号", "案件编号", "当事人"), {}),
    (("案号", "当事人", "甲", "乙"), {"甲": "title", "乙": "title"}),
])  # fmt: skip
def test_two_columns_for_one_field_are_refused(names, given):
    assert refused(columns_of, "carried", heads(*names), given).code == "column_repeated"


def test_a_field_is_named_by_its_code_or_a_name():
    assert said("carried", ["甲=case", "乙 = 当事人", "a=b=罚款"]) == {
        "甲": "case",
        "乙": "parties",
        "a=b": "fine",
    }


@pytest.mark.parametrize("pair", ["甲", "=case", "甲=", "甲=没有的字段"])
def test_a_field_that_is_none_is_refused(pair):
    refusal = refused(said, "carried", [pair])
    assert (refusal.code, refusal.field) == ("field_unknown", "--map")


def test_an_act_s_column_may_be_any_field_of_an_event():
    assert said("acts", ["甲=designated_by"]) == {"甲": "designated_by"}


def test_what_is_kept_is_found_again(tmp_path):
    columns = {'案"号\\': "case", "当事人\x7f": "parties", "a = b # c": "title"}
    keep(tmp_path / "mappings", "拉萨-1", "carried", columns)
    assert kept(tmp_path / "mappings", "拉萨-1", "carried") == columns
    assert kept(tmp_path / "mappings", "别处", "carried") == {}


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "a" * 61])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path, name):
    assert refused(kept, tmp_path, name, "carried").code == "mapping_unusable"
    assert refused(keep, tmp_path, name, "carried", {}).code == "mapping_unusable"


@pytest.mark.parametrize(
    "content", ["", "[", 'purpose = "acts"\n[columns]\n', 'purpose = "carried"\ncolumns = 1', b"\xff"]
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path, content):
    path = tmp_path / "x.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert refused(kept, tmp_path, "x", "carried").code == "mapping_unusable"


def test_headings_are_recognised_with_units_stars_and_spaces():
    known = recogniser("carried", {"我的列": "title"})
    assert [known(h) for h in ("*案 号", "占地面积（亩）", "我的列", "承办人")] == [True, True, True, False]
