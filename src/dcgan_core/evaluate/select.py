"""Which snapshot is best. A model peaks before its last epoch, so all of them are compared."""

import math


def best_row(rows: list[dict], criterion: str) -> dict:
    """The row with the lowest value of ``criterion``; of equals, the earliest.

    Args:
        rows: one dictionary a snapshot, in order; values may be numbers or their text, as a
            CSV file gives them. Rows whose value is NaN are passed over.
        criterion: the key to compare.

    Raises:
        ValueError: a row lacks ``criterion``, or no row has a number there.
    """
    best, lowest = None, math.nan
    for row in rows:
        if criterion not in row:
            raise ValueError(f'a row has no "{criterion}", only {", ".join(map(str, row))}')
        value = float(row[criterion])
        if not math.isnan(value) and (best is None or value < lowest):
            best, lowest = row, value
    if best is None:
        raise ValueError(f'none of {len(rows)} rows has a number as "{criterion}"')
    return best
