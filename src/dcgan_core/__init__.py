"""A reproducible DCGAN workflow: every stage of the pipeline calls this package."""

__version__ = "0.1.0"
