"""Packages that only one source needs."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from .errors import UserError


def require(module: str, package: str, source: str) -> ModuleType:
    """Import ``module``.

    Raises:
        UserError: it is not installed; names the pip ``package`` and the ``source`` that needs it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UserError(
            f"download.source: {source} needs the package {package}, which is not installed "
            f"({error}). Run: pip install {package}"
        ) from error
