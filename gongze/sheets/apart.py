"""Reads an .xls from stdin in a process of its own, which may end with it, and says how large its sheets are.

Calamine lays out whatever rectangle the file claims; where the memory for it cannot be had, it ends the process.
So `gongze.sheets.reading` runs this first, `python -m gongze.sheets.apart`: what it survives is bearable.
"""

import io
import json
import resource
import sys

import python_calamine as calamine

MEMORY_MAX = 2 << 30
"""Bytes. The largest file that is read at all needs less than half of it."""


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MEMORY_MAX if hard == resource.RLIM_INFINITY else min(MEMORY_MAX, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    resource.setrlimit(
        resource.RLIMIT_CORE, (0, 0)
    )  # else what the file says would be left behind with the core
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    sheets = map(book.get_sheet_by_name, book.sheet_names)
    print(json.dumps([(sheet.name, sheet.total_height, sheet.total_width) for sheet in sheets]))


if __name__ == "__main__":
    main()
