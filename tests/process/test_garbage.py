"""Looking seldom for unreachable objects loses nothing, in a process of its own."""

import subprocess
import sys

PROGRAM = """
import atexit, gc, sys, weakref
from pathlib import Path
from dcgan_core.process.garbage import NEW_OBJECTS, collect_seldom

class Pair:
    pass

collect_seldom()
gc.freeze()

freed = 0
def count(_):
    global freed
    freed += 1

def pair():
    one, other = Pair(), Pair()
    one.other, other.other = other, one
    return weakref.ref(one, count)

kept = [pair() for _ in range(5 * NEW_OBJECTS)]
print(freed > len(kept) / 2)
atexit.register(Path(sys.argv[1]).write_text, "at the end")
sys.exit(3)
"""


def test_cycles_go_and_the_end_is_as_ever(environment, tmp_path):
    file = tmp_path / "written"
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(file)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (result.stdout, result.returncode) == ("True\n", 3), result.stderr
    assert file.read_text() == "at the end"
