"""What autocast casts on an HPU, as Intel's "Mixed Precision Training with Autocast" lists it.

Operations on neither list, tanh among them, run in whatever type they are given.
"""

import torch

LOW_PRECISION = ("conv2d", "conv_transpose2d.input", "linear", "leaky_relu", "mean", "mul.Tensor")
LOW_PRECISION_FIRST_ARGUMENT = ("batch_norm",)
FLOAT32 = ("binary_cross_entropy", "binary_cross_entropy_with_logits")

_library = torch.library.Library("aten", "IMPL")
_KEY = torch._C.DispatchKeySet(torch._C.DispatchKey.AutocastHPU)


def register_cast_lists() -> None:
    """Make ``torch.autocast("hpu")`` cast as the lists say."""
    for name in LOW_PRECISION:
        _register(name, None, 99)
    for name in LOW_PRECISION_FIRST_ARGUMENT:
        _register(name, None, 1)
    for name in FLOAT32:
        _register(name, torch.float32, 99)


def _register(name: str, dtype: torch.dtype | None, first: int) -> None:
    packet, _, overload = name.partition(".")
    operation = getattr(getattr(torch.ops.aten, packet), overload or "default")

    def cast_and_run(*arguments, **options):
        target = dtype or torch.get_autocast_dtype("hpu")
        cast = [
            argument.to(target) if index < first and _castable(argument) else argument
            for index, argument in enumerate(arguments)
        ]
        with torch._C._ExcludeDispatchKeyGuard(_KEY):
            return operation(*cast, **options)

    _library.impl(name, cast_and_run, "AutocastHPU")


def _castable(argument: object) -> bool:
    return isinstance(argument, torch.Tensor) and argument.is_floating_point()
