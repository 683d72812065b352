"""Peer of encoding: a CIFAR ResNet-18 in inference, eager PyTorch, channels-last; fp32, or bf16 by autocast.

Prints one JSON line. Usage: encode_peer.py --batch 256 --threads 2 --seconds 20 --precision bf16
"""

import argparse
import json
import time

import torch
import torchvision
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--batch", type=int, default=256)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--seconds", type=float, default=20)
parser.add_argument("--precision", choices=["fp32", "bf16"], default="bf16")
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(0)

encoder = torchvision.models.resnet18(weights=None)
encoder.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
encoder.maxpool = nn.Identity()
encoder.fc = nn.Identity()
encoder = encoder.to(memory_format=torch.channels_last).eval()
x = torch.randn(options.batch, 3, 32, 32).to(memory_format=torch.channels_last)


def encode():
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.precision == "bf16"):
        return encoder(x).float().numpy()


encode()
times = []
end = time.perf_counter() + options.seconds
while time.perf_counter() < end:
    start = time.perf_counter()
    encode()
    times.append(time.perf_counter() - start)
times.sort()
rate = options.batch / times[len(times) // 2]
print(json.dumps({"peer": f"PyTorch {torch.__version__} {options.precision}", "images_per_second": rate, "batches": len(times)}))
