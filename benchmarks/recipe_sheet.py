"""One picture of recipes side by side, from the sheets that recipes.py --sheets saved.

python benchmarks/recipe_sheet.py sheets/ earth earth.png --recipes tutorial-64 best-64
"""

import argparse
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

LABEL_WIDTH = 170
TEXT_SIZE = 15


def rows(folder: Path, data: str, recipes: list[str], seed: int) -> list[tuple[str, Image.Image]]:
    """The first row of eight samples of each recipe's sheet."""
    found = []
    for recipe in recipes:
        sheet = Image.open(folder / f"{recipe}-{data}-{seed}.png")
        # Four rows of samples lie on the sheet, one above the other.
        found.append((recipe, sheet.crop((0, 0, sheet.width, sheet.height // 4)).convert("RGB")))
    return found


def join(found: list[tuple[str, Image.Image]]) -> Image.Image:
    """Rows under each other, each with its recipe's name to the left."""
    width = LABEL_WIDTH + max(row.width for _, row in found)
    page = Image.new("RGB", (width, sum(row.height for _, row in found)), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(TEXT_SIZE)
    top = 0
    for name, row in found:
        draw.text((6, top + (row.height - TEXT_SIZE) // 2), name, fill="black", font=font)
        page.paste(row, (LABEL_WIDTH, top))
        top += row.height
    return page


def main() -> None:
    """Join and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sheets", type=Path, help="folder of RECIPE-DATA-SEED.png")
    parser.add_argument("data")
    parser.add_argument("target", type=Path)
    parser.add_argument("--recipes", nargs="+", required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    found = rows(options.sheets, options.data, options.recipes, options.seed)
    join(found).save(options.target, optimize=True)


if __name__ == "__main__":
    main()
