"""Layers and reparametrisations against their definitions."""

import pytest
import torch
from nets.models import model
from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from dcgan_core.nets import build_generator
from dcgan_core.nets.discriminator import Discriminator
from dcgan_core.nets.init import initialise
from dcgan_core.nets.layers import (
    ACTIVATIONS,
    NORM_LAYERS,
    NORMS,
    BatchRenorm2d,
    MinibatchDiscrimination,
    MinibatchStd,
    NoiseInput,
    PixelNorm,
)
from dcgan_core.nets.reparametrize import normalize_spectrum
from dcgan_core.nets.sync_norm import SYNCHRONISED
from dcgan_core.nets.upsample import ResizeConv2d


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


NORM_TYPES = {
    "batch": [nn.BatchNorm2d],
    "renorm": [BatchRenorm2d],
    "spectral+batch": [nn.BatchNorm2d],
    "layer": [nn.GroupNorm],
    "instance": [nn.InstanceNorm2d],
    "pixel": [PixelNorm],
    "spectral": [],
    "none": [],
}


def test_every_norm_has_its_type_here():
    assert set(NORM_TYPES) == set(NORMS)


@pytest.mark.parametrize("kind", NORMS)
def test_a_norm_is_what_its_entry_says(kind):
    entry = NORMS[kind]
    layers = nn.Sequential(*entry.layers(6))
    learnt = [layer for layer in layers if list(layer.parameters())]
    assert all(isinstance(layer, NORM_LAYERS) for layer in learnt)
    assert entry.shifts is any(layer.bias is not None for layer in learnt)
    maps = torch.randn(4, 6, 5, 5, generator=rng())
    others = torch.cat([maps[:1], 3 * maps[1:] + 1])
    assert entry.across_batch is not torch.allclose(layers(maps)[0], layers(others)[0], atol=1e-6)
    # What several ranks must do together.
    assert entry.across_batch is any(type(layer) in SYNCHRONISED for layer in layers)
    generator = build_generator(16, 16, 3, model(8, 2, norm_g=kind), rng())
    assert entry.spectral is any(map(is_parametrized, generator.modules()))


@pytest.mark.parametrize("kind", NORM_TYPES)
def test_each_norm_is_the_layer_of_its_name(kind):
    layers = NORMS[kind].layers(6)
    assert [type(layer) for layer in layers] == NORM_TYPES[kind]
    assert all(layer.weight.shape == (6,) for layer in layers if kind != "pixel")


def test_layer_norm_is_over_all_channels_and_instance_norm_over_each():
    maps = torch.randn(2, 6, 4, 5) * torch.arange(1, 7).view(1, 6, 1, 1) + 3
    (layer,), (instance,) = NORMS["layer"].layers(6), NORMS["instance"].layers(6)
    for normalise, dims in ((layer, (1, 2, 3)), (instance, (2, 3))):
        variance, mean = torch.var_mean(maps, dims, correction=0, keepdim=True)
        torch.testing.assert_close(normalise(maps), (maps - mean) / (variance + 1e-5).sqrt())


def test_batch_renorm_is_batch_norm_at_first():
    renorm, plain = BatchRenorm2d(3), nn.BatchNorm2d(3, momentum=None)
    for seed in range(3):
        maps = torch.randn(2, 3, 4, 4, generator=rng(seed)) * 5 + seed
        torch.testing.assert_close(renorm(maps), plain(maps))
    # While it has seen fewer batches than its average spans, that is their plain mean.
    torch.testing.assert_close(renorm.running_mean, plain.running_mean)


def test_batch_renorm_is_its_formula_and_then_what_eval_mode_gives():
    layer = BatchRenorm2d(2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([2.0, 0.5]))
        layer.bias.copy_(torch.tensor([-1.0, 3.0]))
        layer.running_mean.copy_(torch.tensor([1.0, -2.0]))
        layer.running_var.copy_(torch.tensor([4.0, 0.25]))
        layer.num_batches_tracked.fill_(9000)
    maps = torch.randn(2, 2, 3, 3, generator=rng()) * 1.5
    maps[:, 1] = maps[:, 1] * 0.5 - 2.4
    expected = layer.eval()(maps)
    torch.testing.assert_close(layer.train()(maps), expected)

    # Beyond the limits: mean 60 is 29 deviations off, a deviation of 20 is ten times as large.
    far = torch.tensor([40.0, 80.0]).view(2, 1, 1, 1).expand(2, 2, 3, 3).contiguous()
    layer.running_mean.copy_(torch.tensor([1.0, -2.0]))
    layer.running_var.copy_(torch.tensor([4.0, 4.0]))
    limited = torch.where(far < 60, -3.0, 3.0) + 5
    weight, bias = layer.weight.view(1, 2, 1, 1), layer.bias.view(1, 2, 1, 1)
    torch.testing.assert_close(layer(far), limited * weight + bias, atol=1e-4, rtol=0)


def test_batch_renorm_takes_its_corrections_for_constants():
    maps = torch.randn(4, 3, 5, 5, generator=rng(), dtype=torch.float64)
    weight = torch.randn(4, 3, 5, 5, generator=rng(1), dtype=torch.float64)
    layer = BatchRenorm2d(3).double()
    layer.running_mean.copy_(torch.tensor([0.1, -0.2, 0.3]))
    layer.running_var.copy_(torch.tensor([1.5, 0.8, 1.1]))
    layer.num_batches_tracked.fill_(9000)
    deviation = (layer.running_var + layer.eps).sqrt()
    variance, mean = torch.var_mean(maps, (0, 2, 3), correction=0)
    scale = ((variance + layer.eps).sqrt() / deviation).view(1, 3, 1, 1)
    shift = ((mean - layer.running_mean) / deviation).view(1, 3, 1, 1)
    mine, other = maps.clone().requires_grad_(), maps.clone().requires_grad_()
    (layer(mine) * weight).sum().backward()
    variance, mean = torch.var_mean(other, (0, 2, 3), correction=0, keepdim=True)
    normal = (other - mean) / (variance + layer.eps).sqrt()
    ((normal * scale + shift) * weight).sum().backward()
    torch.testing.assert_close(mine.grad, other.grad)


def test_each_activation_is_the_function_of_its_name():
    values = torch.linspace(-2, 2, 9)
    expected = {
        "relu": values.clamp(min=0),
        "leaky_relu": torch.where(values < 0, 0.2 * values, values),
        "selu": 1.0507 * torch.where(values < 0, 1.67326 * values.expm1(), values),
    }
    for kind, wanted in expected.items():
        torch.testing.assert_close(ACTIVATIONS[kind]()(values.clone()), wanted, atol=1e-5, rtol=0)


def test_pixel_norm_gives_every_position_a_mean_square_of_one():
    maps = torch.randn(2, 8, 3, 5) * 7
    out = PixelNorm()(maps)
    torch.testing.assert_close(out.pow(2).mean(dim=1), torch.ones(2, 3, 5))
    torch.testing.assert_close(out, maps / maps.pow(2).mean(1, keepdim=True).sqrt())


def test_minibatch_std_adds_one_map_that_is_zero_for_equal_images():
    same = torch.randn(1, 6, 4, 4).expand(8, -1, -1, -1)
    out = MinibatchStd()(same)
    assert out.shape == (8, 7, 4, 4)
    assert out[:, 6].max() < 1e-3
    pair = torch.stack([torch.zeros(1, 2, 2), torch.full((1, 2, 2), 2.0)])
    assert MinibatchStd()(pair)[:, 1].unique().tolist() == pytest.approx([1.0])


def test_minibatch_discrimination_is_its_formula():
    layer = MinibatchDiscrimination(12, 3)
    maps = torch.randn(4, 3, 2, 2)
    rows = (maps.flatten(1) @ layer.project.weight.T).view(4, 3, 5)
    expected = torch.zeros(4, 3)
    for i in range(4):
        for j in range(4):
            if i != j:
                expected[i] += torch.exp(-(rows[i] - rows[j]).abs().sum(1))
    out = layer(maps)
    assert out.shape == (4, 6, 2, 2)
    torch.testing.assert_close(out[:, 3:, 0, 0], expected)


def test_noise_is_fresh_in_training_and_the_latents_own_afterwards():
    layer, maps = NoiseInput(3, 40, 50), torch.zeros(4, 3, 40, 50)
    latents = torch.randn(4, 20, generator=rng())
    latents[3] = latents[2] + 0.01 * latents[0]
    initialise(nn.Sequential(layer), rng())
    assert torch.equal(layer(maps, latents), maps)
    strength = torch.tensor([0.0, 1.0, 3.0])
    with torch.no_grad():
        layer.strength.copy_(strength.view(3, 1, 1))
    out = layer(maps, latents)
    torch.testing.assert_close(out.std(dim=(0, 2, 3)), strength, rtol=0.03, atol=0)
    torch.testing.assert_close(out[:, 2], 3 * out[:, 1])
    assert abs(torch.corrcoef(out[:2, 1].flatten(1))[0, 1]) < 0.1
    assert not torch.equal(layer(maps, latents), out)

    layer.eval()
    state = torch.get_rng_state()
    still = layer(maps, latents)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(layer(maps, latents), still)
    torch.testing.assert_close(still.std(dim=(2, 3)), strength.expand(4, 3), rtol=0.05, atol=0)
    alike = torch.corrcoef(still[:, 1].flatten(1))
    cosines = torch.nn.functional.cosine_similarity(latents[:, None, :16], latents[None, :, :16], 2)
    torch.testing.assert_close(alike, cosines, rtol=0, atol=0.06)
    assert alike[2, 3] > 0.99
    assert torch.equal(layer(maps[:1], torch.zeros(1, 20)), maps[:1])
    assert layer(maps[:1], torch.ones(1, 5)).std() > 0


def test_noise_goes_into_every_hidden_map_and_into_no_image():
    generator = build_generator(32, 32, 3, model(8, 4, 4, noise_inputs=True), rng())
    names = [type(layer).__name__ for layer in generator.layers]
    doubling = "ConvTranspose2d"
    hidden = [doubling, "NoiseInput", "BatchNorm2d", "ReLU"]
    assert names == [*hidden, *hidden, doubling, "Tanh"]
    for layer in generator.layers:
        if isinstance(layer, NoiseInput):
            nn.init.ones_(layer.strength)
    latents = torch.randn(2, 8)
    generator.eval()
    torch.testing.assert_close(generator(latents)[:1], generator(latents[:1]))


@pytest.mark.parametrize("upsampling", ["transposed", "bilinear", "nearest"])
def test_spectral_norm_keeps_the_initial_weights_and_bounds_every_layer(upsampling):
    made_of = model(8, 4, 4, upsampling=upsampling)
    plain = build_generator(32, 32, 3, made_of, rng())
    spectral = build_generator(
        32, 32, 3, made_of.model_copy(update={"norm_g": "spectral+batch"}), rng()
    )
    spectral.train()
    for _ in range(30):
        spectral(torch.randn(4, 8))
    checked = 0
    for module in spectral.modules():
        parametrized = getattr(module, "parametrizations", None)
        if parametrized is None or "weight" not in parametrized:
            continue
        original = parametrized.weight.original
        # Initialised before it was reparametrised: N(0, 0.02), not PyTorch's own.
        assert original.std().item() == pytest.approx(0.02, rel=0.25)
        matrix = module.weight.detach().transpose(0, 1).flatten(1)
        assert torch.linalg.matrix_norm(matrix, 2).item() == pytest.approx(1, abs=0.1)
        checked += 1
    weighted = (nn.Linear, nn.ConvTranspose2d, ResizeConv2d)
    layers = sum(isinstance(m, weighted) for m in plain.modules())
    assert checked == layers


def test_initialising_after_spectral_norm_would_be_lost():
    layer = nn.ConvTranspose2d(4, 4, 4)
    network = nn.Sequential(layer)
    normalize_spectrum(network, rng())
    original = layer.parametrizations.weight.original.detach().clone()
    initialise(network, rng())
    assert torch.equal(layer.parametrizations.weight.original, original)


def test_the_head_of_a_spectral_discriminator_is_free(tiny):
    from dcgan_core.nets import build_networks

    _, discriminator = build_networks(tiny({"model.norm_d": "spectral"}), "32")
    bound = [m for m in discriminator.modules() if hasattr(m, "parametrizations")]
    assert len(bound) == 3
    assert not hasattr(discriminator.head, "parametrizations")


def test_equalised_weights_are_unit_normal_and_outputs_keep_their_scale():
    made_of = model(64, 32, 32, equalized_lr=True, norm_g="none", upsampling="bilinear")
    generator = build_generator(32, 32, 3, made_of, rng())
    for module in generator.modules():
        if hasattr(module, "parametrizations"):
            assert module.parametrizations.weight.original.std().item() == pytest.approx(1, rel=0.1)
    hidden = generator.layers[:-2](generator.base(torch.randn(64, 64)))
    assert 0.1 < hidden.std().item() < 10


def test_dropout_is_in_the_discriminator_only_and_not_after_its_last_block():
    made_of = model(8, 4, 4, dropout=0.5)
    discriminator = Discriminator(64, 64, 3, made_of)
    generator = build_generator(64, 64, 3, made_of, rng())
    assert not any(isinstance(m, nn.Dropout) for m in generator.modules())
    kinds = [type(m).__name__ for m in discriminator.body]
    assert kinds.count("Dropout") == kinds.count("Conv2d") - 1
    assert kinds[-1] != "Dropout"


def scores(family: str, images: torch.Tensor) -> torch.Tensor:
    torch.manual_seed(3)
    network = Discriminator(32, 32, 3, model(8, 4, 4, family=family, norm_d="none"))
    # Biases start at 0; anything else shows what they are for.
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            nn.init.normal_(parameter)
    return network(images)


def test_without_norms_only_biases_let_a_discriminator_judge_contrast():
    images = torch.rand(4, 3, 32, 32) * 2 - 1
    torch.testing.assert_close(scores("tutorial", images / 8), scores("tutorial", images) / 8)
    assert scores("tutorial", 0 * images).abs().max() == 0
    assert scores("auto", 0 * images).abs().min() > 0.01
    difference = scores("auto", images / 8) - scores("auto", images) / 8
    assert difference.abs().min() > 0.01
