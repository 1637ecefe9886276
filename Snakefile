"""The pipeline for Snakemake. Stages, keys and all logic live in src/dcgan_core; dvc.yaml
describes the same stages for DVC, and the two agree through the key files (docs/architecture.md).
"""

import shutil
import sys
from pathlib import Path
from shlex import quote

from snakemake.utils import min_version

min_version("9.0")

ROOT = Path(workflow.basedir)
if Path.cwd() != ROOT.resolve():
    # Snakemake makes folders and removes locks where it runs, and stages write to the root alone.
    sys.exit(f"Run Snakemake in the project's folder, {ROOT.resolve()}, not in {Path.cwd()}.")
sys.path.insert(0, str(ROOT / "src"))


report: "workflow/report/opening.rst"


# The stage scripts run under the interpreter that runs Snakemake, also without activation.
shell.prefix(f"set -euo pipefail; export PATH={quote(str(Path(sys.executable).parent))}:$PATH; ")

from dcgan_core.device import require
from dcgan_core.errors import UserError
from dcgan_core.process.locks import hold
from dcgan_core.params import load_params
from dcgan_core.stages.dvc_lock import UNRECORDED, mend
from dcgan_core.stages import (
    STAGES,
    all_results,
    check_places,
    key_folder,
    review,
    signed,
    stage_keys,
    unpark,
)

if config:
    sys.exit(
        f"--config {' '.join(config)}: settings are read from params.yaml alone; change them there."
    )

try:
    PARAMS = load_params(ROOT / "params.yaml")
    KEYS = stage_keys(PARAMS, ROOT)
    # Asked once, before anything runs. A job that asks a cluster for its device (gres) finds it
    # there, not on the machine that hands jobs in.
    for resources in workflow.resource_settings.overwrite_resources.values():
        if workflow.is_main_process and "device" in resources and "gres" not in resources:
            require(resources["device"].raw)
except UserError as error:
    sys.exit(str(error))

SIZES = PARAMS.sizes
STALE = Path(".dcgan/stale")

# A Snakemake that was killed leaves its directory locked. Whoever holds this lock is the only
# Snakemake here, so what lies in the other one's place is stale and may go.
if workflow.is_main_process:
    try:
        ONLY_ONE = hold(ROOT / ".dcgan" / "snakemake.lock")
    except UserError as error:
        sys.exit(str(error))
    if ONLY_ONE:
        for stale in Path(".snakemake/locks").glob("*.lock"):
            stale.unlink()
        # It copies outputs that stay in place before their stage runs, and stops at an old copy.
        shutil.rmtree(".snakemake/backups", ignore_errors=True)
        unpark(PARAMS, KEYS, ROOT)
        try:
            check_places(PARAMS, ROOT)
            review(PARAMS, KEYS, ROOT)
        except UserError as error:
            sys.exit(str(error))
        STALE.touch()
        told = mend(ROOT)
        if told:
            print(told, file=sys.stderr)
        # A run that was killed at its end has nothing left to do, and would never tell DVC.
        if told or UNRECORDED.exists():
            shell("python workflow/scripts/finish.py --record")


wildcard_constraints:
    size=r"\d+(x\d+)?",


def processors(wildcards):
    """All of this machine's; in a cluster, whose nodes are others, what the profile sets."""
    return workflow.cores if workflow.local_exec else 1


def key_of(stage):
    """The key file that a stage leaves; its size stays a wildcard."""
    return f"{key_folder(STAGES[stage], '{size}')}/{KEYS[stage]}"


def done(*stages):
    """Key files as inputs: only their being there counts, never their age."""
    return [ancient(key_of(stage)) for stage in stages]


def script(stage):
    """The start of a stage's command: its script, and the key that it must still have then."""
    return f"python {STAGES[stage].script} --key {KEYS[stage]}"


def unless_current(stage):
    """An input that is newer than any output, where the stage's key is not the present one.

    To Snakemake a file that is there is up to date, so that one asked for by its own name would
    not be made anew.
    """

    def marker(wildcards):
        size = getattr(wildcards, "size", None)
        return [] if signed(STAGES[stage], size, KEYS[stage], ROOT) else [str(STALE)]

    return marker


def every_output():
    """All that a finished run holds, over all sizes."""
    for stage, size in all_results(PARAMS):
        yield f"{key_folder(stage, size)}/{KEYS[stage.name]}"
        yield from map(str, stage.paths(PARAMS, size).values())


localrules:
    all,
    source,


rule all:
    default_target: True
    input:
        list(every_output()),


# "snakemake --profile cpu train_all": one stage at every size, with all that it needs.
for name in (name for name, stage in STAGES.items() if stage.sized):

    rule:
        name:
            f"{name}_all"
        input:
            expand(key_of(name), size=SIZES),


rule source:
    input:
        unless_current("source"),
    output:
        key=key_of("source"),
    log:
        "logs/source.log",
    benchmark:
        "benchmarks/results/source.tsv"
    conda:
        "workflow/envs/python.yaml"
    resources:
        mem_mb=1000,
    shell:
        script("source") + " --log {log}"


rule download:
    input:
        done("source"),
        unless_current("download"),
    output:
        images=directory(f"data/raw/{PARAMS.download.source}"),
        key=key_of("download"),
    log:
        "logs/download.log",
    benchmark:
        "benchmarks/results/download.tsv"
    conda:
        "workflow/envs/python.yaml"
    threads: processors
    resources:
        mem_mb=2000,
    shell:
        script("download") + " --log {log}"


rule resize:
    input:
        done("download"),
        unless_current("resize"),
    output:
        pack="data/resized/{size}.npy",
        record="data/resized/{size}.json",
        dropped=report(
            "data/resized/{size}-dropped.png",
            caption="workflow/report/dropped.rst",
            category="1 What went in",
            labels={"size": "{size}", "what": "dropped images"},
        ),
        key=key_of("resize"),
    log:
        "logs/resize-{size}.log",
    benchmark:
        "benchmarks/results/resize-{size}.tsv"
    conda:
        "workflow/envs/python.yaml"
    threads: processors
    resources:
        mem_mb=2000,
    shell:
        script("resize") + " --size {wildcards.size} --log {log}"


rule normalize:
    input:
        done("resize"),
        unless_current("normalize"),
    output:
        splits=directory("data/normalized/{size}"),
        key=key_of("normalize"),
    log:
        "logs/normalize-{size}.log",
    benchmark:
        "benchmarks/results/normalize-{size}.tsv"
    conda:
        "workflow/envs/python.yaml"
    resources:
        mem_mb=2000,
    shell:
        script("normalize") + " --size {wildcards.size} --log {log}"


rule train:
    input:
        done("normalize"),
        unless_current("train"),
    output:
        # Left in place while the stage runs: a longer training goes on from a finished one.
        snapshots=update(directory("results/{size}/snapshots")),
        state=update("results/{size}/training_state.pt"),
        final="results/{size}/final.safetensors",
        discriminator="results/{size}/discriminator.safetensors",
        history=report(
            "results/{size}/history.csv",
            caption="workflow/report/history.rst",
            category="2 How it went",
            labels={"size": "{size}", "what": "history"},
        ),
        gradients="results/{size}/gradients.csv",
        run="results/{size}/run.json",
        key=key_of("train"),
    log:
        "logs/train-{size}.log",
    benchmark:
        "benchmarks/results/train-{size}.tsv"
    conda:
        "workflow/envs/python.yaml"
    threads: processors
    resources:
        device="cpu",
        processes=1,
        accelerator=1,
        mem_mb=8000,
    shell:
        script("train") + " --size {wildcards.size}"
        " --device {resources.device} --processes {resources.processes}"
        " --threads {threads} --log {log}"


rule gif:
    input:
        done("train"),
        unless_current("gif"),
    output:
        gif=report(
            "results/{size}/training.gif",
            caption="workflow/report/training.rst",
            category="3 What came out",
            labels={"size": "{size}", "what": "training"},
        ),
        key=key_of("gif"),
    log:
        "logs/gif-{size}.log",
    benchmark:
        "benchmarks/results/gif-{size}.tsv"
    conda:
        "workflow/envs/python.yaml"
    threads: processors
    resources:
        device="cpu",
        accelerator=1,
        mem_mb=4000,
    shell:
        script("gif") + " --size {wildcards.size}"
        " --device {resources.device} --threads {threads} --log {log}"


rule parzen:
    input:
        done("normalize", "train"),
        unless_current("parzen"),
    output:
        table=report(
            "results/{size}/parzen.csv",
            caption="workflow/report/parzen.rst",
            category="4 How good it is",
            labels={"size": "{size}", "what": "Parzen table"},
        ),
        figure=report(
            "results/{size}/parzen.png",
            caption="workflow/report/parzen.rst",
            category="4 How good it is",
            labels={"size": "{size}", "what": "Parzen curve"},
        ),
        key=key_of("parzen"),
    log:
        "logs/parzen-{size}.log",
    benchmark:
        "benchmarks/results/parzen-{size}.tsv"
    conda:
        "workflow/envs/python.yaml"
    threads: processors
    resources:
        device="cpu",
        accelerator=1,
        mem_mb=8000,
    shell:
        script("parzen") + " --size {wildcards.size}"
        " --device {resources.device} --threads {threads} --log {log}"


rule fidelity:
    input:
        done("normalize", "train"),
        unless_current("fidelity"),
    output:
        table=report(
            "results/{size}/fidelity.csv",
            caption="workflow/report/fidelity.rst",
            category="4 How good it is",
            labels={"size": "{size}", "what": "fidelity table"},
        ),
        record="results/{size}/fidelity.json",
        figure=report(
            "results/{size}/fidelity.png",
            caption="workflow/report/fidelity.rst",
            category="4 How good it is",
            labels={"size": "{size}", "what": "fidelity curve"},
        ),
        copies=report(
            "results/{size}/copies.png",
            caption="workflow/report/copies.rst",
            category="4 How good it is",
            labels={"size": "{size}", "what": "samples most like other images"},
        ),
        best="results/{size}/best.safetensors",
        key=key_of("fidelity"),
    log:
        "logs/fidelity-{size}.log",
    benchmark:
        "benchmarks/results/fidelity-{size}.tsv"
    conda:
        "workflow/envs/python.yaml"
    threads: processors
    resources:
        device="cpu",
        accelerator=1,
        mem_mb=8000,
    shell:
        script("fidelity") + " --size {wildcards.size}"
        " --device {resources.device} --threads {threads} --log {log}"


rule sample:
    input:
        done("fidelity"),
        unless_current("sample"),
    output:
        sheet=report(
            "results/{size}/samples.png",
            caption="workflow/report/samples.rst",
            category="3 What came out",
            labels={"size": "{size}", "what": "samples"},
        ),
        walk=report(
            "results/{size}/interpolation.gif",
            caption="workflow/report/interpolation.rst",
            category="3 What came out",
            labels={"size": "{size}", "what": "interpolation"},
        ),
        key=key_of("sample"),
    log:
        "logs/sample-{size}.log",
    benchmark:
        "benchmarks/results/sample-{size}.tsv"
    conda:
        "workflow/envs/python.yaml"
    threads: processors
    resources:
        device="cpu",
        accelerator=1,
        mem_mb=4000,
    shell:
        script("sample") + " --size {wildcards.size}"
        " --device {resources.device} --threads {threads} --log {log}"


rule explorer:
    input:
        done("normalize", "train", "fidelity"),
        unless_current("explorer"),
    output:
        page=report(
            "results/{size}/explorer.html",
            caption="workflow/report/explorer.rst",
            category="3 What came out",
            labels={"size": "{size}", "what": "latent explorer"},
        ),
        key=key_of("explorer"),
    log:
        "logs/explorer-{size}.log",
    benchmark:
        "benchmarks/results/explorer-{size}.tsv"
    conda:
        "workflow/envs/python.yaml"
    resources:
        mem_mb=4000,
    shell:
        script("explorer") + " --size {wildcards.size} --log {log}"


rule summary:
    input:
        [
            ancient(path)
            for stage in STAGES["summary"].upstream
            for path in expand(key_of(stage), size=SIZES)
        ],
        unless_current("summary"),
    output:
        metrics="results/metrics.json",
        page=report(
            directory("results/summary"),
            patterns=["{name}.html"],
            caption="workflow/report/page.rst",
            category="5 The whole page",
            labels={"size": "all", "what": "report"},
        ),
        key=key_of("summary"),
    log:
        "logs/summary.log",
    benchmark:
        "benchmarks/results/summary.tsv"
    conda:
        "workflow/envs/python.yaml"
    resources:
        mem_mb=2000,
    shell:
        script("summary") + " --log {log}"


onsuccess:
    shell("python workflow/scripts/finish.py")
