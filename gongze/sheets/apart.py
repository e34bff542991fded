"""Reads an .xls from stdin in a process of its own, which may end with it, and says how large its sheets are.

Calamine lays out whatever rectangle the file claims; where the memory for it cannot be had, it ends the process.
So `gongze.sheets.reading` runs this first, `python -m gongze.sheets.apart`: what it survives is bearable. Where it
panics, it says so on stderr, which nobody who reads a spreadsheet should see; it is not asked again.
"""

import io
import json
import resource
import sys

import python_calamine as calamine

MEMORY_MAX = 2 << 30
"""Bytes. The largest file that is read at all needs less than half of it."""
FAILED, PANICKED = 1, 3
"""How this ends where calamine has an exception for the file (so does Python), and where it has none."""


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MEMORY_MAX if hard == resource.RLIM_INFINITY else min(MEMORY_MAX, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    resource.setrlimit(
        resource.RLIMIT_CORE, (0, 0)
    )  # else what the file says would be left behind with the core
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        sheets = map(book.get_sheet_by_name, book.sheet_names)
        print(json.dumps([(sheet.name, sheet.total_height, sheet.total_width) for sheet in sheets]))
    except Exception:
        raise
    except BaseException:  # noqa: BLE001 - a panic comes as one
        sys.exit(PANICKED)


if __name__ == "__main__":
    main()
