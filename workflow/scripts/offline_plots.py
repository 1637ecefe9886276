"""Let `dvc plots show` and `dvc plots diff` draw without the internet.

DVC's own page loads Vega from a content network. This writes a page template that holds the
copies that come with Snakemake, and names it in this clone's .dvc/config.local.
"""

import subprocess
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = Path("tmp/offline-plots.html")
"""Below .dvc, where git ignores it and where DVC looks for relative names."""

PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>DVC plots</title>{{refresh_tag}}
{scripts}
<style>body {{ font-family: sans-serif }} table {{ border-spacing: 15px }}</style>
</head><body>{{plot_divs}}</body></html>
"""


def main() -> None:
    """Write the template and point DVC at it."""
    assets = files("snakemake") / "assets" / "data"
    scripts = "\n".join(
        f"<script>{(assets / name / f'{name}.js').read_text(encoding='utf-8')}</script>"
        for name in ("vega", "vega-lite", "vega-embed")
    )
    target = ROOT / ".dvc" / TEMPLATE
    target.parent.mkdir(exist_ok=True)
    target.write_text(PAGE.format(scripts=scripts), encoding="utf-8")
    setting = ["dvc", "config", "--local", "plots.html_template", str(TEMPLATE)]
    subprocess.run(setting, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
