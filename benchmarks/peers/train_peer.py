"""Peer of the training step: SimCLR on a CIFAR ResNet-18, eager PyTorch, channels-last, SGD with momentum; fp32, or
bf16 by autocast.

Prints one JSON line. Usage: train_peer.py --batch 64 --threads 2 --seconds 40 --precision bf16
"""

import json

import torch
import torch.nn.functional as F
from cpu_peer import autocast, cifar_resnet18, convolutions_of, filled_like, images, median, name, options_of
from torch import nn

options = options_of(batch=64, seconds=40)
encoder = cifar_resnet18()
projector = nn.Sequential(nn.Linear(512, 512, bias=False), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 128))
model = nn.Sequential(encoder, projector).to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
rows = 2 * options.batch
x = images(rows)
target = torch.arange(rows) ^ 1
diagonal = torch.eye(rows, dtype=torch.bool)


def step():
    with autocast(options):
        out = model(x)
    z = F.normalize(out.float(), dim=1)
    loss = F.cross_entropy((z @ z.T / 0.5).masked_fill(diagonal, -1e9), target)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


def products_alone():
    """Seconds of the step's convolutions and matrix products, forward and both gradients, each alone: medians of five."""
    calls = []
    for layer, image, result in convolutions_of(encoder, x):
        a, w, dy = (filled_like(size, options) for size in (image, layer.weight.shape, result))
        calls.append(lambda a=a, w=w, layer=layer: torch.conv2d(a, w, None, layer.stride, layer.padding))
        calls.append(
            lambda a=a, w=w, dy=dy, layer=layer: torch.ops.aten.convolution_backward(
                dy, a, w, None, layer.stride, layer.padding, layer.dilation, False, [0, 0], 1, [a.size(1) > 3, True, False]
            )
        )
    for inputs, outputs in ((512, 512), (512, 128), (128, rows)):  # projector, similarities
        a, b, c = (filled_like(size, options) for size in ((rows, inputs), (inputs, outputs), (rows, outputs)))
        calls += [lambda a=a, b=b: a @ b, lambda b=b, c=c: c @ b.T, lambda a=a, c=c: a.T @ c]
    return sum(median(call, least=5)[0] for call in calls)


time, steps = median(step, options.seconds)
print(json.dumps({"peer": name(options), "views_per_second": rows / time, "limit_views_per_second": rows / products_alone(), "steps": steps}))
