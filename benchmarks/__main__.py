"""`make bench`: how fast the parts are, each beside a yardstick of the same run on the same disk.

`python -m benchmarks NAME...` measures some of them. A figure is the median of several rounds; ratios carry over to
another machine, absolute figures do not.
"""

import importlib
import os
import sys

PARTS = ("acts", "bulk", "size", "daily", "exchange", "delays", "provinces", "reporting", "ferry")


def main(names: list[str]) -> None:
    unknown = set(names) - set(PARTS)
    if unknown:
        raise SystemExit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    for name in names or PARTS:
        print(
            f"== {name}: {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}, "
            f"Python {sys.version.split()[0]}",
            flush=True,
        )
        importlib.import_module(f"benchmarks.{name}").run()


if __name__ == "__main__":  # a process that helps with `verify` reads this file too
    main(sys.argv[1:])
