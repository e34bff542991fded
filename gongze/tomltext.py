"""TOML as people write it: whatever cannot be read is one kind of error."""

import tomllib
from typing import Any


def parsed(content: bytes | str) -> dict[str, Any]:
    """Raises tomllib.TOMLDecodeError, a ValueError, also for what is no UTF-8, is nested too deep or has a number of
    thousands of digits."""
    try:
        return tomllib.loads(content if isinstance(content, str) else content.decode("utf-8"))
    except tomllib.TOMLDecodeError:
        raise
    except UnicodeDecodeError as error:
        raise tomllib.TOMLDecodeError(f"不是 UTF-8 文本（第 {error.start} 字节）") from None
    except RecursionError:
        raise tomllib.TOMLDecodeError("方括号或花括号套得太深，请改正") from None
    except ValueError:
        raise tomllib.TOMLDecodeError("有的整数太长，请改正") from None
