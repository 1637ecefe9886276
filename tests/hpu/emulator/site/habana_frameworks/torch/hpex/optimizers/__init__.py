"""Emulated: AdamW with the signature, defaults and habits of the bridge's."""

import hpu_emulator
import torch


class FusedAdamW(torch.optim.Optimizer):
    """Counts its steps in ``param_group["step"]``, marks steps itself, fails on empty groups."""

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-6,
        weight_decay=0.0,
        bias_correction=True,
        moments_dtype=None,
    ):
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "bias_correction": bias_correction,
        }
        self.moments_dtype = moments_dtype
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure=None):
        loss = closure() if closure else None
        self._mark()
        for group in self.param_groups:
            if not group["params"]:
                raise IndexError("FusedAdamW: a group without parameters")
            group["step"] = group.get("step", 0) + 1
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group)
        self._mark()
        return loss

    @staticmethod
    def _mark():
        if hpu_emulator.LAZY:
            torch.ops.hpu_emulator.mark_step()

    def _update(self, parameter, group):
        if parameter.device.type != "hpu":
            raise RuntimeError(f"hpu::optimizer_adamw: a parameter is on {parameter.device}")
        state = self.state[parameter]
        if not state:
            dtype = self.moments_dtype
            state["exp_avg"] = torch.zeros_like(parameter, dtype=dtype)
            state["exp_avg_sq"] = torch.zeros_like(parameter, dtype=dtype)
        beta1, beta2 = group["betas"]
        rate = group["lr"]
        if group["bias_correction"]:
            rate *= (1 - beta2 ** group["step"]) ** 0.5 / (1 - beta1 ** group["step"])
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        mean.mul_(beta1).add_(parameter.grad, alpha=1 - beta1)
        square.mul_(beta2).addcmul_(parameter.grad, parameter.grad, value=1 - beta2)
        parameter.mul_(1 - group["weight_decay"] * group["lr"])
        # Unlike torch's AdamW, eps is added before the second moment's bias is corrected.
        parameter.addcdiv_(mean, square.sqrt().add_(group["eps"]), value=-rate)
