"""The charts that the summary draws for each size, in the order in which the page shows them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .figures.gradients import draw_flow, draw_flow_over_time
from .figures.history import draw_history


@dataclass(frozen=True)
class Chart:
    """One chart of one size.

    Attributes:
        name: of the file, ``<name>-<size>.png``.
        draw: takes ``results/<size>``, the PNG to write and its title.
        title: what the picture says above itself, before the size.
        caption: what the page says below it.
        width: on the page, in pixels.
    """

    name: str
    draw: Callable[[Path, Path, str], None]
    title: str
    caption: str
    width: int = 520

    def path(self, folder: Path, size: str) -> Path:
        """Where it lies in the summary's folder."""
        return folder / f"{self.name}-{size}.png"


def _losses(results: Path, target: Path, title: str) -> None:
    draw_history(results / "history.csv", results / "run.json", target, title)


def _flow(results: Path, target: Path, title: str) -> None:
    draw_flow(results / "gradients.csv", target, title)


def _flow_over_time(results: Path, target: Path, title: str) -> None:
    draw_flow_over_time(results / "gradients.csv", target, title)


CHARTS = (
    Chart("loss", _losses, "Training", "Losses and D's outputs"),
    Chart("flow", _flow, "Gradients", "Gradients by layer, last looks"),
    Chart("flow-time", _flow_over_time, "Gradients", "Gradients by layer over the steps"),
)
