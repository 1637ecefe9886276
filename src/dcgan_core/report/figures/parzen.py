"""The log-likelihood of each snapshot."""

from pathlib import Path

import matplotlib.pyplot as plt

from .style import columns, save, styled


def draw_parzen(table: Path, target: Path, title: str) -> None:
    """Mean test log-likelihood over the training, with its standard error; higher is better.

    Args:
        table: ``parzen.csv``.
        target: the PNG to write.
        title: first line of the heading; dimension, scale and counts follow.

    Raises:
        UserError: the table is missing or not whole.
    """
    numbers = ("log_likelihood", "standard_error", "n_centers", "n_test", "dimension")
    column = columns(table, numbers, ["scale"])
    means, errors = column["log_likelihood"], column["standard_error"]
    with styled():
        figure, axis = plt.subplots(figsize=(8, 4))
        axis.errorbar(column["images"], means, yerr=errors, marker="o", capsize=3)
        counts = f"{column['n_centers'][0]} centres, {column['n_test'][0]} test images"
        data = f"D = {column['dimension'][0]}, pixels in {column['scale'][0]}"
        axis.set(
            xlabel="real images seen",
            ylabel="log-likelihood, nats (higher is better)",
            title=f"{title}\n{data}, {counts}",
        )
        save(figure, target)
