"""The stages of the pipeline, and the keys by which Snakemake and DVC agree on what is up to date.

Known to the stage scripts, the Snakefile, the docs and the tests alone.
"""

from .keys import KEYS, STATE, key_folder, resume_folder, sign, signed, stage_keys, unsign
from .parking import park, unpark
from .table import STAGES, Output, Stage

__all__ = [
    "KEYS",
    "STAGES",
    "STATE",
    "Output",
    "Stage",
    "key_folder",
    "park",
    "resume_folder",
    "sign",
    "signed",
    "stage_keys",
    "unpark",
    "unsign",
]
