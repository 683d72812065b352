"""Peer of the training step: SimCLR on a CIFAR ResNet-18, eager PyTorch, channels-last, SGD with momentum; fp32, or
bf16 by autocast.

Prints one JSON line. Usage: train_peer.py --batch 64 --threads 2 --seconds 40 --precision bf16
"""

import argparse
import json
import time

import torch
import torch.nn.functional as F
import torchvision
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--seconds", type=float, default=40)
parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(0)

encoder = torchvision.models.resnet18(weights=None)
encoder.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
encoder.maxpool = nn.Identity()
encoder.fc = nn.Identity()
projector = nn.Sequential(nn.Linear(512, 512, bias=False), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 128))
model = nn.Sequential(encoder, projector).to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
rows = 2 * options.batch
x = torch.randn(rows, 3, 32, 32).to(memory_format=torch.channels_last)
target = torch.arange(rows) ^ 1
diagonal = torch.eye(rows, dtype=torch.bool)


def step():
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.precision == "bf16"):
        out = model(x)
    z = F.normalize(out.float(), dim=1)
    loss = F.cross_entropy((z @ z.T / 0.5).masked_fill(diagonal, -1e9), target)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


step()
times = []
end = time.perf_counter() + options.seconds
while time.perf_counter() < end:
    start = time.perf_counter()
    step()
    times.append(time.perf_counter() - start)
times.sort()


def median(call):
    """Median seconds of five calls."""
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[2]


def products_alone():
    """Seconds of the step's convolutions and matrix products, forward and both gradients, each alone: medians of five."""
    dtype = torch.bfloat16 if options.precision == "bf16" else torch.float32
    shapes = []
    hooks = [
        layer.register_forward_hook(lambda layer, inputs, y: shapes.append((layer, inputs[0].shape, y.shape)))
        for layer in encoder.modules()
        if isinstance(layer, nn.Conv2d)
    ]
    with torch.no_grad():
        encoder(x)
    for hook in hooks:
        hook.remove()
    total = 0.0
    for layer, image, result in shapes:
        new = lambda size: torch.randn(size).to(dtype).to(memory_format=torch.channels_last)
        a, w, dy = new(image), new(layer.weight.shape), new(result)
        back = lambda first: torch.ops.aten.convolution_backward(
            dy, a, w, None, layer.stride, layer.padding, layer.dilation, False, [0, 0], 1, [first, True, False]
        )
        calls = [lambda: torch.conv2d(a, w, None, layer.stride, layer.padding), lambda: back(image[1] > 3)]
        for call in calls:
            total += median(call)
    for inputs, outputs in ((512, 512), (512, 128), (128, rows)):  # projector, similarities
        a, b = torch.randn(rows, inputs).to(dtype), torch.randn(inputs, outputs).to(dtype)
        c = torch.randn(rows, outputs).to(dtype)
        total += median(lambda: a @ b) + median(lambda: c @ b.T) + median(lambda: a.T @ c)
    return total


print(json.dumps({"peer": f"PyTorch {torch.__version__} {options.precision}", "views_per_second": rows / times[len(times) // 2], "limit_views_per_second": rows / products_alone(), "steps": len(times)}))
