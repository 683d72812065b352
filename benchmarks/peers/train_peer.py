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
print(json.dumps({"peer": f"PyTorch {torch.__version__} {options.precision}", "views_per_second": rows / times[len(times) // 2], "steps": len(times)}))
