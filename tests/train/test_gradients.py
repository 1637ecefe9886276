"""Gradient magnitudes against gradients worked out by hand."""

import json

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from dcgan_core.tables import read_table
from dcgan_core.train.watch.gradients import GradientTable, LayerGradients, layer_gradients
from dcgan_core.train.watch.gradients import read_gradients as read


def chain():
    """y = w₂·(W₁x + b₁) with x = (1, 2): dy/dW₁ = w₂xᵀ, dy/dw₂ = W₁x + b₁."""
    network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[1.0, -1.0], [0.5, 2.0]]))
        network[0].bias.copy_(torch.tensor([0.0, 1.0]))
        network[1].weight.copy_(torch.tensor([[3.0, -4.0]]))
    network(torch.tensor([[1.0, 2.0]])).sum().backward()
    return network


def test_magnitudes_are_those_worked_out_by_hand():
    labels, magnitudes = layer_gradients(chain())
    assert labels == ("0 Linear", "1 Linear")
    # dy/dW₁ = [[3, 6], [−4, −8]]; dy/dw₂ = [−1, 5.5].
    torch.testing.assert_close(magnitudes, torch.tensor([[5.25, 3.25], [8.0, 5.5]]))


def test_networks_are_read_together_and_kept_apart():
    single = nn.Linear(1, 1)
    (single(torch.tensor([[-7.0]])) * 2).sum().backward()
    found = read({"generator": chain(), "discriminator": single})
    assert found["generator"] == LayerGradients(("0 Linear", "1 Linear"), (5.25, 3.25), (8.0, 5.5))
    assert found["discriminator"].mean == found["discriminator"].max == (14.0,)


def test_a_wrapped_weight_goes_by_its_layer_and_biases_and_frozen_ones_are_left_out():
    network = nn.Sequential(
        spectral_norm(nn.Conv2d(3, 4, 3)), nn.BatchNorm2d(4), nn.Conv2d(4, 1, 1), nn.Conv2d(1, 1, 1)
    )
    network[2].weight.requires_grad_(False)
    network(torch.randn(2, 3, 5, 5)).square().sum().backward()
    labels, magnitudes = layer_gradients(network)
    assert labels == ("0 Conv2d", "1 BatchNorm2d", "3 Conv2d")
    inner = network[0].parametrizations.weight.original.grad.abs()
    torch.testing.assert_close(magnitudes[:, 0], torch.stack([inner.mean(), inner.max()]))


def test_parameters_of_one_layer_are_told_apart():
    layer = nn.GRUCell(2, 3)
    layer(torch.ones(1, 2)).sum().backward()
    assert layer_gradients(layer)[0] == (".weight_ih GRUCell", ".weight_hh GRUCell")


def test_a_network_without_gradients_is_refused():
    with pytest.raises(ValueError, match="no gradients"):
        read({"generator": nn.Linear(1, 1)})


def test_a_nan_is_seen_in_mean_and_maximum():
    layer = nn.Linear(2, 1)
    layer.weight.grad = torch.tensor([[1.0, float("nan")]])
    assert layer_gradients(layer)[1].isnan().all()


def look(scale):
    return {
        "generator": LayerGradients(("0 Conv2d", "1 Conv2d"), (0.1 * scale, 0.2), (0.5, 0.6)),
        "discriminator": LayerGradients(("0 Conv2d",), (1e-7 * scale,), (0.9,)),
    }


def test_the_table_goes_on_where_it_was_and_is_written_in_order(tmp_path):
    whole, first = GradientTable(), GradientTable()
    for table in (whole, first):
        table.append(1, look(1))
    second = GradientTable()
    second.looks = json.loads(json.dumps(first.looks))
    second.append(10, look(3))
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    for table in (whole, second):
        table.append(20, look(2))
    assert len(first.rows()) == 3
    whole.write(tmp_path / "whole.csv")
    second.write(tmp_path / "resumed.csv")
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "resumed.csv").read_bytes()
    rows = read_table(tmp_path / "whole.csv")
    assert list(rows[0]) == ["step", "network", "layer", "mean", "max"]
    assert [(row["step"], row["network"], row["mean"]) for row in rows] == [
        (1, "generator", 0.1),
        (1, "generator", 0.2),
        (1, "discriminator", 1e-7),
        (20, "generator", 0.2),
        (20, "generator", 0.2),
        (20, "discriminator", 2e-7),
    ]


def test_other_layers_and_an_empty_table_are_refused(tmp_path):
    table = GradientTable()
    with pytest.raises(ValueError, match="no look"):
        table.write(tmp_path / "t.csv")
    table.append(1, look(1))
    with pytest.raises(ValueError, match="layers"):
        table.append(2, {"generator": LayerGradients(("other",), (0.1,), (0.1,))})
