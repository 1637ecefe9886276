"""The stages of the pipeline, and the keys by which Snakemake and DVC agree on what is up to date.

Known to the stage scripts, the Snakefile, the ``dcgan`` command, the docs and the tests alone.
"""

from .keys import (
    KEYS,
    Origin,
    key_but,
    key_folder,
    key_of,
    keys_there,
    resume_folder,
    sign,
    signed,
    stage_keys,
    stage_origins,
    unsign,
)
from .own_files import STATE, check_own_files
from .parking import park, unpark
from .places import check_outputs, check_places, sweep_outputs
from .receipts import (
    LISTED_ELSEWHERE,
    Receipt,
    altered,
    complete,
    inputs_of,
    outdated,
    read_receipt,
    receipt_file,
    sizes_read,
    write_receipt,
)
from .review import check_inputs, review
from .table import STAGES, Output, Stage, all_results, stage_name
from .turns import turn

__all__ = [
    "KEYS",
    "LISTED_ELSEWHERE",
    "STAGES",
    "STATE",
    "Origin",
    "Output",
    "Receipt",
    "Stage",
    "all_results",
    "altered",
    "check_inputs",
    "check_outputs",
    "check_own_files",
    "check_places",
    "complete",
    "inputs_of",
    "key_but",
    "key_folder",
    "key_of",
    "keys_there",
    "outdated",
    "park",
    "read_receipt",
    "receipt_file",
    "resume_folder",
    "review",
    "sign",
    "signed",
    "sizes_read",
    "stage_keys",
    "stage_name",
    "stage_origins",
    "sweep_outputs",
    "turn",
    "unpark",
    "unsign",
    "write_receipt",
]
