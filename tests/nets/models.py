"""Model sections for tests that build networks directly."""

from settings import ROOT

from dcgan_core.params import Model, load_params

PLAIN = {
    "noise_inputs": False,
    "family": "auto",
    "upsampling": "transposed",
    "norm_g": "batch",
    "norm_d": "batch",
}


def model(latent: int = 8, ngf: int = 4, ndf: int = 4, **changes) -> Model:
    """The shipped model section with the paper's layers, these widths and ``changes``."""
    shipped = load_params(ROOT / "params.yaml").model.model_dump()
    return Model.model_validate(
        {**shipped, **PLAIN, "latent": latent, "ngf": ngf, "ndf": ndf, **changes}
    )
