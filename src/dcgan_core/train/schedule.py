"""The learning rate over a training."""


def lr_factor(step: int, total: int, decay_from: float) -> float:
    """What to multiply the learning rate by: 1, then a straight line down towards 0.

    Args:
        step: steps done, 0 to ``total`` − 1.
        decay_from: share of the training after which the line begins; 1 means never.
    """
    share = step / total
    return 1.0 if share <= decay_from else (1.0 - share) / (1.0 - decay_from)
