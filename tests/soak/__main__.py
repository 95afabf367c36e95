"""`make soak`: `python -m soak`, with the tests on the path."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from soak.plan import long, short
from soak.report import told
from soak.run import soak


def main() -> int:
    """Run a soak, print its report, and return 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=900.0, help="how long to ask")
    parser.add_argument("--seed", type=int, default=0, help="of what is asked")
    parser.add_argument("--short", action="store_true", help="the form of the tests")
    parser.add_argument("--log", type=Path, help="keep what the service writes in this file")
    chosen = parser.parse_args()
    plan = short() if chosen.short else long(chosen.seconds, chosen.seed)
    # So that the service is ended with it.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(f"ended by signal {number}"))
    with tempfile.TemporaryDirectory() as folder:
        seen = soak(plan, chosen.log or Path(folder, "log"))
    print(told(seen))
    return 1 if seen.faults else 0


if __name__ == "__main__":
    sys.exit(main())
