"""Write what other files say already: dvc.yaml, the stage diagram, the table of the
package's parts, the table of settings, the pins for images that bring their own PyTorch.

python docs/generate.py           writes dvc.yaml, docs/architecture.md (between its marks),
                                  docs/params.md, requirements-hpu.txt, the lists of choices
                                  in the comments of params.yaml, and the report's copy of it
python docs/generate.py --check   fails if one of them is out of date
"""

import argparse
import ast
import re
import sys
import textwrap
from itertools import chain
from pathlib import Path

import tomllib

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from dcgan_core.params import Params, load_params  # noqa: E402
from dcgan_core.params.load import allowed  # noqa: E402
from dcgan_core.stages import STAGES  # noqa: E402
from dcgan_core.stages.dvc_file import dvc_file  # noqa: E402

START, END = "<!-- generated: {} -->", "<!-- end generated -->"
BROUGHT_BY_THE_IMAGE = ("torch==", "torchvision==", "triton==", "cuda-", "nvidia-")
PINS_HEADER = """\
# For images that bring their own PyTorch, a Gaudi's above all; made from requirements.lock by
# "make docs". Python 3.11 or 3.12. Always without dependencies, or pip would replace that PyTorch:
#   pip install --no-deps -r requirements-hpu.txt"""


def stage_section() -> str:
    """A Mermaid diagram and a table, from the stage table."""
    lines = ["```mermaid", "flowchart LR"]
    for stage in STAGES.values():
        shape = f"{stage.name}[[{stage.name}]]" if stage.sized else f"{stage.name}({stage.name})"
        lines.append(f"    {shape}")
        lines += [f"    {before} --> {stage.name}" for before in stage.upstream]
    lines += ["```", "", "Stages with double sides run once for each size.", ""]
    lines += ["| stage | settings it reads | leaves |", "|---|---|---|"]
    for stage in STAGES.values():
        outputs = ", ".join(f"`{output.path}`" for output in stage.outputs.values())
        lines.append(f"| {stage.name} | {', '.join(stage.sections)} | {outputs or 'its key'} |")
    return "\n".join(lines)


def layers_section() -> str:
    """The package's parts, from the layers that lint holds them to and their own docstrings."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    lines = ["| part | does |", "|---|---|"]
    for layer in layers:
        for part in layer.split(" | "):
            folder = ROOT / "src/dcgan_core" / part
            module = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
            text = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
            name = f"{part}/" if folder.is_dir() else module.name
            summary = " ".join(text.split("\n\n")[0].split())
            marked = re.sub(r":\w+:`[~.]*(\w+)`", r"`\1`", summary).replace("``", "`")
            lines.append(f"| `{name}` | {marked} |")
    return "\n".join(lines)


def fill(text: str, name: str, section: str) -> str:
    """``text`` with what stands between the marks of ``name`` replaced."""
    before, rest = text.split(START.format(name))
    after = rest.split(END, 1)[1]
    return f"{before}{START.format(name)}\n{section}\n{END}{after}"


def docstrings() -> dict[tuple[str, str], str]:
    """(class, field) to the sentence under the field in the schema."""
    modules = sorted((ROOT / "src/dcgan_core/params").glob("*.py"))
    found = {}
    for node in chain.from_iterable(
        ast.parse(module.read_text(encoding="utf-8")).body for module in modules
    ):
        if isinstance(node, ast.ClassDef):
            for field, text in zip(node.body, node.body[1:], strict=False):
                if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                    found[node.name, field.target.id] = " ".join(text.value.value.split())
    return found


def params_page() -> str:
    """One table a section: setting, meaning, what is allowed, what params.yaml ships."""
    texts, shipped = docstrings(), load_params(ROOT / "params.yaml")
    lines = [
        "# Settings",
        "",
        "All settings live in `params.yaml`; every key must be there. This page is made from the",
        "schema by `make docs`.",
    ]
    for section, field in Params.model_fields.items():
        lines += ["", f"## {section}", ""]
        if section == "sizes":
            lines += [f"{texts['Params', 'sizes']} Shipped: `{shipped.sizes}`."]
            continue
        lines += ["| setting | meaning | allowed | shipped |", "|---|---|---|---|"]
        for name in field.annotation.model_fields:
            rule = allowed((section, name)).removeprefix("must be ").replace("|", "\\|")
            value = getattr(getattr(shipped, section), name)
            text = texts[field.annotation.__name__, name]
            lines.append(f"| `{name}` | {text} | {rule} | `{value!r}` |")
    return "\n".join(lines) + "\n"


COLUMNS = 102
LISTED = re.compile(r"(?:[\w+-]+ \| )+[\w+-]+")
"""Choices as a comment of params.yaml lists them."""


def params_file() -> str:
    """params.yaml with the lists of choices in its comments as the schema has them."""
    lines = (ROOT / "params.yaml").read_text(encoding="utf-8").splitlines()
    written: list[str] = []
    section = ""
    while lines:
        line = lines.pop(0)
        if found := re.match(r"(\w+):", line):
            section = found[1]
        before, mark, comment = line.partition("# ")
        while mark and comment.endswith("|"):
            comment += " " + lines.pop(0).strip().removeprefix("# ")
        found = re.match(r"  (\w+): ", before)
        listed = LISTED.match(comment)
        if not (found and listed):
            written.append(line)
            continue
        rule = allowed((section, found[1])).removeprefix("must be one of ")
        comment = " | ".join(rule.split(", ")) + comment[listed.end() :]
        width = COLUMNS - len(before) - len(mark)
        first, *rest = textwrap.wrap(comment, width, break_long_words=False, break_on_hyphens=False)
        written += [f"{before}# {first}", *(f"{' ' * len(before)}# {more}" for more in rest)]
    return "\n".join([*written, ""])


def pins_beside_torch() -> str:
    """The lock file without PyTorch and what only its CUDA build needs."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lock if not line.startswith(("#", *BROUGHT_BY_THE_IMAGE))]
    return "\n".join([PINS_HEADER, *kept, ""])


def main() -> None:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if out of date")
    check = parser.parse_args().check
    architecture = ROOT / "docs/architecture.md"
    text = architecture.read_text(encoding="utf-8")
    text = fill(fill(text, "stages", stage_section()), "layers", layers_section())
    pages = {
        architecture: text,
        ROOT / "dvc.yaml": dvc_file(ROOT),
        ROOT / "params.yaml": params_file(),
        ROOT / "src/dcgan_core/report/shipped/params.yaml": params_file(),
        ROOT / "docs/params.md": params_page(),
        ROOT / "requirements-hpu.txt": pins_beside_torch(),
    }
    for path, wanted in pages.items():
        if check and (not path.exists() or path.read_text(encoding="utf-8") != wanted):
            sys.exit(f"{path.relative_to(ROOT)} is out of date; run: make docs")
        if not check:
            path.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
