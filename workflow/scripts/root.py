"""Where the project is. Importing this puts its package on the path, so it comes first."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Relative to this file, so that a copy of the project never runs another copy's code.
sys.path.insert(0, str(ROOT / "src"))

from dcgan_core.process.garbage import collect_seldom  # noqa: E402
from dcgan_core.process.spinning import wait_briefly  # noqa: E402

# Before all that is loaded after this.
collect_seldom()
wait_briefly()
