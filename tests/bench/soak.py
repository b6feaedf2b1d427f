"""``bin/bench soak``: a steady load for as long as one likes, and one random fault after another on the same house.

In: the command line. Out: a line a fault on standard output. Called by ``tests.bench.__main__``. Exit 1 as soon as a lead
is lost or doubled or a law of tests/machine does not hold; the seed plays the same faults again.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.bench.cast import KINDS
from tests.faults.faults import FAULTS
from tests.faults.play import stage, suffer


def main(words: Sequence[str]) -> None:
    asked = _arguments(words)
    dice = random.Random(asked.seed)
    faults = [fault for fault in FAULTS if asked.database in fault.kinds and not fault.standby]
    end, sent = time.monotonic() + asked.minutes * 60, 0
    with ExitStack() as open_:
        directory = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="firstcall-soak-")))
        scene = open_.enter_context(stage(asked.database, directory, wrong_clock=True))
        while time.monotonic() < end:
            fault, seconds = dice.choice(faults), dice.uniform(0.5, asked.seconds)
            account = suffer(scene, fault, seconds, asked.rate)
            sent += account.sent
            print(f"{fault.name}, {seconds:.1f} s: {account}", flush=True)
            if account.lost or account.doubled:
                sys.exit(f"seed {asked.seed}: lost or doubled")
    print(f"{KINDS[asked.database]}: {sent:,} leads, all there; seed {asked.seed}")


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench soak", description=__doc__)
    parser.add_argument("--database", choices=tuple(KINDS), default="sqlite")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seconds", type=float, default=20.0, help="longest that one fault reigns")
    parser.add_argument("--rate", type=float, default=8.0, help="leads a second")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    return parser.parse_args(words)
