"""The papers' ResNet-9 (arXiv 2409.19069, table 1), for the scripts beside it."""
import torch.nn.functional as F
from torch import nn


class ResNet9(nn.Module):
    """Eight 3 x 3 convolutions of so many output channels, two residual connections; the mean over places."""

    def __init__(self, channels):
        super().__init__()
        for i, out in enumerate(channels):
            setattr(self, f"conv{i + 1}", nn.Conv2d(3 if i == 0 else channels[i - 1], out, 3, padding=1, bias=False))
            setattr(self, f"bn{i + 1}", nn.BatchNorm2d(out))

    def step(self, x, i):
        x = F.relu(getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x)))
        return F.max_pool2d(x, 2) if i in (2, 5, 6) else x

    def forward(self, x):
        x = self.step(self.step(x, 1), 2)
        x = x + self.step(self.step(x, 3), 4)
        x = self.step(self.step(x, 5), 6)
        x = x + self.step(self.step(x, 7), 8)
        return x.mean((2, 3))
