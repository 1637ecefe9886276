"""What commands give the real generator to draw."""

from collections.abc import Callable

import pytest

from dcgan_core.sample import films, sampler


def kept_calls(monkeypatch: pytest.MonkeyPatch, keep: Callable) -> list:
    """``keep(latents, classes)`` of every call of ``generate``, in order, as calls come."""
    calls, generate = [], sampler.generate

    def spy(generator, latents, **rest):
        calls.append(keep(latents, rest.get("classes")))
        return generate(generator, latents, **rest)

    for module in (sampler, films):
        monkeypatch.setattr(module, "generate", spy)
    return calls
