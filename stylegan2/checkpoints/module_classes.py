"""The classes of whole modules that `torch.save` wrote, without NVIDIA's `persistence`.

rosinality's model.py in the packages that people keep it in, and the modules of PyTorch around it.
Only the names are known here: each makes an inert `records.Module`.
"""

from __future__ import annotations

_PACKAGES = ("", "stylegan2.", "models.", "models.stylegan2.")
_MODEL = """
    PixelNorm Upsample Downsample Blur EqualConv2d EqualLinear ScaledLeakyReLU ModulatedConv2d
    NoiseInjection ConstantInput ToRGB StyledConv Generator ConvLayer ResBlock Discriminator
""".split()
_TORCH = (
    "torch.nn.modules.module.Module",
    "torch.nn.modules.container.Sequential",
    "torch.nn.modules.container.ModuleList",
    "torch.nn.modules.activation.LeakyReLU",
    "torch.nn.parallel.data_parallel.DataParallel",
)

MODULE_CLASSES = (
    *_TORCH,
    *(f"{package}model.{name}" for package in _PACKAGES for name in _MODEL),
    *(f"{package}op.fused_act.FusedLeakyReLU" for package in _PACKAGES),
)
