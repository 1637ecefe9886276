"""AdamW on a Gaudi, with a state that torch's AdamW reads and that it reads from torch's.

Imports Habana's bridge; only ``hpu`` imports this.
"""

from typing import Any

import torch
from habana_frameworks.torch.hpex.optimizers import FusedAdamW

from ..errors import UserError


class PortableAdamW(FusedAdamW):
    """The bridge's fused AdamW, whose saved state has the form of torch's.

    The bridge counts steps in each parameter group, torch's AdamW for each parameter. Loaded as
    it is, a state of torch's would restart the bias correction at step 1, and the first update
    would be many times too small.
    """

    def state_dict(self) -> dict[str, Any]:
        """As ``torch.optim.AdamW.state_dict()``: the count is with every parameter."""
        state = super().state_dict()
        for group in state["param_groups"]:
            step = float(group.pop("step", 0))
            for index in group["params"]:
                if index in state["state"]:
                    # A tensor for each: torch's AdamW counts in place.
                    value = {**state["state"][index], "step": torch.tensor(step)}
                    state["state"][index] = value
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up a state of this class or of ``torch.optim.AdamW``.

        Raises:
            UserError: parameters of one group were updated different numbers of times.
        """
        saved = state_dict["state"]
        groups = []
        for group in state_dict["param_groups"]:
            steps = {int(saved[index]["step"]) for index in group["params"] if index in saved}
            if len(steps) > 1:
                raise UserError(
                    f"the saved optimiser counts {min(steps)} to {max(steps)} steps for parameters "
                    "of one group, and an HPU has one count; go on on the device it was saved on"
                )
            groups.append({**group, **({"step": steps.pop()} if steps else {})})
        values = {index: {**value, "step": int(value["step"])} for index, value in saved.items()}
        super().load_state_dict({"state": values, "param_groups": groups})
