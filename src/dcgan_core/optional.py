"""Packages that only one setting or feature needs."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from .errors import UserError


def require(module: str, package: str, needed_by: str, remedy: str = "") -> ModuleType:
    """Import a module that may not be there.

    Args:
        module: its full name, such as ``torchvision.datasets``.
        package: what brings it, as pip names it.
        needed_by: the setting or feature that needs it, as the message's first words.
        remedy: what to do without it, as sentences; by default to install it with pip.

    Raises:
        UserError: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UserError(
            f"{needed_by} needs the package {package}, which is not installed ({error}). "
            + (remedy or f"Run: pip install {package}")
        ) from error
