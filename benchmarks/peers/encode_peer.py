"""Peer of encoding: a CIFAR ResNet-18 in inference, eager PyTorch, channels-last; fp32, or bf16 by autocast.

Prints one JSON line. Usage: encode_peer.py --batch 256 --threads 2 --seconds 20 --precision bf16
"""

import json

import torch
from cpu_peer import autocast, cifar_resnet18, images, median, name, options_of

options = options_of(batch=256, seconds=20)
encoder = cifar_resnet18().to(memory_format=torch.channels_last).eval()
x = images(options.batch)


def encode():
    with torch.inference_mode(), autocast(options):
        return encoder(x).float().numpy()


time, batches = median(encode, options.seconds)
print(json.dumps({"peer": name(options), "images_per_second": options.batch / time, "batches": batches}))
