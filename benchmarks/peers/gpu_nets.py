"""ResNets with torchvision's shapes for the GPU peers: a machine with PyTorch alone need not have torchvision."""

from torch import nn


class Block(nn.Module):
    def __init__(self, inputs, width, stride, bottleneck):
        super().__init__()
        outputs = 4 * width if bottleneck else width
        sizes = [(1, inputs, width, 1), (3, width, width, stride), (1, width, outputs, 1)] if bottleneck else [
            (3, inputs, width, stride),
            (3, width, width, 1),
        ]
        layers = []
        for i, (kernel, a, b, s) in enumerate(sizes):
            layers += [nn.Conv2d(a, b, kernel, s, kernel // 2, bias=False), nn.BatchNorm2d(b)]
            if i < len(sizes) - 1:
                layers.append(nn.ReLU(inplace=True))
        self.body = nn.Sequential(*layers)
        self.shortcut = nn.Identity() if stride == 1 and inputs == outputs else nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.body(x) + self.shortcut(x))


def resnet(name):
    """resnet18, resnet18-cifar, resnet50 without the classifier; returns (module, width of its output)."""
    bottleneck, counts = (True, [3, 4, 6, 3]) if name == "resnet50" else (False, [2, 2, 2, 2])
    small = name.endswith("-cifar")
    stem = [nn.Conv2d(3, 64, 3 if small else 7, 1 if small else 2, 1 if small else 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
    layers, inputs = stem if small else [*stem, nn.MaxPool2d(3, 2, 1)], 64
    for stage, count in enumerate(counts):
        width = 64 * 2**stage
        for block in range(count):
            layers.append(Block(inputs, width, 2 if stage > 0 and block == 0 else 1, bottleneck))
            inputs = 4 * width if bottleneck else width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()), inputs
