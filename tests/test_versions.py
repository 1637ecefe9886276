"""What runs on a Gaudi's Python is no newer than its Python: 3.10."""

import ast

import pytest
from settings import ROOT

NEWER = {
    "tomllib": "",
    "asyncio": "TaskGroup Runner timeout",
    "contextlib": "chdir",
    "datetime": "UTC",
    "enum": "StrEnum ReprEnum EnumCheck verify",
    "itertools": "batched",
    "pathlib": "UnsupportedOperation",
    "typing": "Self LiteralString Never assert_never assert_type reveal_type override "
    "Required NotRequired Unpack TypeVarTuple dataclass_transform",
}
"""Names of the standard library since 3.11; none for a module that is new as a whole."""
SOURCES = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "workflow").rglob("*.py")])


def newer_names(tree: ast.AST) -> list[str]:
    """Names that 3.10 has not, imported or reached through their module."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if NEWER.get(alias.name) == ""]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module in NEWER:
            names = NEWER[node.module].split()
            found += [alias.name for alias in node.names if not names or alias.name in names]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            newer = node.attr in NEWER.get(node.value.id, "").split()
            found += [f"{node.value.id}.{node.attr}"] if newer else []
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_source_is_python_3_10(path):
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))
    assert newer_names(tree) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import tomllib", ["tomllib"]),
        ("from datetime import UTC, datetime", ["UTC"]),
        ("import enum\nclass A(enum.StrEnum): pass", ["enum.StrEnum"]),
        ("from typing import TypeVar", []),
    ],
)
def test_newer_names_are_seen(source, found):
    assert newer_names(ast.parse(source)) == found


@pytest.mark.parametrize("source", ["type A = int", "try: pass\nexcept* OSError: pass"])
def test_newer_syntax_is_seen(source):
    with pytest.raises(SyntaxError):
        ast.parse(source, feature_version=(3, 10))
