"""After a Snakemake run: record in DVC what is up to date, and say where the results are.

With --record it says nothing of where: that is for a run before, which was killed at its end.
"""

import shutil
import subprocess
import sys

from root import ROOT  # isort: skip

from dcgan_core import stages
from dcgan_core.errors import UserError
from dcgan_core.params import Params, load_params
from dcgan_core.stages.dvc_file import DVC_FILE, dvc_file
from dcgan_core.stages.dvc_lock import UNRECORDED, mend, remember
from dcgan_core.terminal import say


def up_to_date(params: Params) -> list[str]:
    """DVC's names of the stages whose outputs are those of the present settings and code."""
    keys = stages.stage_keys(params, ROOT)
    return [
        stages.stage_name(stage, size)
        for stage, size in stages.all_results(params)
        if stages.complete(stage, size, params, keys[stage.name], ROOT)
    ]


def targets(params: Params, names: list[str]) -> list[str]:
    """What to name to DVC for these stages: the file that has them, if it has no others.

    DVC reads and writes everything anew for each name, half a second each.
    """
    whole = len(names) == len(list(stages.all_results(params)))
    file = ROOT / DVC_FILE
    if whole and file.is_file() and file.read_text(encoding="utf-8") == dvc_file(ROOT):
        return [DVC_FILE]
    return names


def record_in_dvc(params: Params, names: list[str]) -> None:
    """Let DVC take these stages as run; a failure is told, and costs nothing but the record."""
    if not (ROOT / ".dvc").is_dir() or not shutil.which("dvc"):
        (ROOT / UNRECORDED).unlink(missing_ok=True)
        return
    if told := mend(ROOT):
        say(told, stream=sys.stderr)
    # Not --quiet, which hides the reason of a failure, too.
    command = ["dvc", "commit", "--force", *targets(params, names)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if result.returncode:
        reason = (result.stderr or result.stdout).strip()
        told = f"DVC did not record this run (results are complete): {reason}"
        say(*told.split("\n"), stream=sys.stderr)
        return
    if result.stderr.strip():
        say(*f"DVC says: {result.stderr.strip()}".split("\n"), stream=sys.stderr)
    remember(ROOT)
    (ROOT / UNRECORDED).unlink(missing_ok=True)


def say_where(params: Params, names: list[str]) -> None:
    """Name the files a person wants to open first."""
    if "summary" not in names:
        return
    lines = ["", "Done. Look at:"]
    for size in params.sizes:
        film = stages.STAGES["gif"].paths(params, size)["film"]
        sheet = stages.STAGES["sample"].paths(params, size)["sheet"]
        page = stages.STAGES["explorer"].paths(params, size)["page"]
        lines += [f"  training, {size:<10} {film}", f"  samples, {size:<11} {sheet}"]
        lines += [f"  to explore, {size:<8} {page}"]
    summary = stages.STAGES["summary"].paths(params)
    lines += [f"  {'scores':<20} {summary['metrics']}"]
    lines += [f"  {'report':<20} {summary['page']}/report.html", ""]
    say(*lines)


if __name__ == "__main__":
    settings = load_params(ROOT / "params.yaml")
    try:
        current = up_to_date(settings)
    except UserError as error:
        print(f"DVC did not record this run: {error}", file=sys.stderr)
        current = []
    if current:
        record_in_dvc(settings, current)
    if "--record" not in sys.argv:
        say_where(settings, current)
