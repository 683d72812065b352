"""Peer of the training step on a GPU: SimCLR, bf16 autocast, channels-last, eager or torch.compile.

Prints one JSON line. Usage: gpu_train_peer.py --device cuda:0 --arch resnet50 --size 224 --batch 256 --compile
"""

import argparse
import json
import time

import torch
import torch.nn.functional as F
from gpu_nets import resnet
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--device", default="cuda:0")
parser.add_argument("--arch", default="resnet18-cifar")
parser.add_argument("--size", type=int, default=32)
parser.add_argument("--batch", type=int, default=512)
parser.add_argument("--seconds", type=float, default=20)
parser.add_argument("--compile", action="store_true")
options = parser.parse_args()
torch.manual_seed(0)
kind = options.device.split(":")[0]
torch.backends.cudnn.benchmark = True

encoder, width = resnet(options.arch)
projector = nn.Sequential(nn.Linear(width, width, bias=False), nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, 128))
model = nn.Sequential(encoder, projector).to(options.device, memory_format=torch.channels_last)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
rows = 2 * options.batch
x = torch.randn(rows, 3, options.size, options.size, device=options.device).to(memory_format=torch.channels_last)
target = torch.arange(rows, device=options.device) ^ 1
diagonal = torch.eye(rows, dtype=torch.bool, device=options.device)


def loss_of(x):
    with torch.autocast(kind, torch.bfloat16):
        z = model(x)
    z = F.normalize(z.float(), dim=1)
    return F.cross_entropy((z @ z.T / 0.5).masked_fill(diagonal, -1e9), target)


if options.compile:
    loss_of = torch.compile(loss_of)


def step():
    loss = loss_of(x)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()  # as ours, which refuses a loss that is not finite


for _ in range(5):
    step()
times, end = [], time.perf_counter() + options.seconds
while time.perf_counter() < end or len(times) < 3:
    start = time.perf_counter()
    step()
    times.append(time.perf_counter() - start)
times.sort()
name = f"PyTorch {torch.__version__}, bf16 autocast, channels-last, {'torch.compile' if options.compile else 'eager'}"
print(json.dumps({"peer": name, "value": rows / times[len(times) // 2], "n": len(times)}))
