import tomllib

import pytest

from gongze.tomltext import parsed


def test_text_and_bytes_are_read_alike():
    assert parsed('"县" = "城"') == parsed('"县" = "城"'.encode()) == {"县": "城"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x = \xff", "不是 UTF-8 文本（第 4 字节）"),
        (b"x = " + b"[" * 100_000, "方括号或花括号套得太深，请改正"),
        (
            b"x = " + b"9" * 5_000,
            "有的整数太长，请改正",
        ),  # Python turns no text of more than 4,300 digits into a number
        (b"x = ", "Invalid value (at end of document)"),
    ],
)
def test_whatever_cannot_be_read_is_one_kind_of_error(content: bytes, said: str):
    with pytest.raises(tomllib.TOMLDecodeError) as found:
        parsed(content)
    assert str(found.value) == said
