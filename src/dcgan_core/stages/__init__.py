"""The stages of the pipeline, and the keys by which Snakemake and DVC agree on what is up to date.

Known to the stage scripts, the Snakefile, the docs and the tests alone.
"""

from .keys import KEYS, key_folder, resume_folder, sign, signed, stage_keys, unsign
from .own_files import STATE, check_own_files
from .parking import park, unpark
from .receipts import altered, check_inputs, complete, outdated, review, write_receipt
from .table import STAGES, Output, Stage
from .turns import turn

__all__ = [
    "KEYS",
    "STAGES",
    "STATE",
    "Output",
    "Stage",
    "altered",
    "check_inputs",
    "check_own_files",
    "complete",
    "key_folder",
    "outdated",
    "park",
    "resume_folder",
    "review",
    "sign",
    "signed",
    "stage_keys",
    "turn",
    "unpark",
    "unsign",
    "write_receipt",
]
