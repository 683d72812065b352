"""Peer of encoding: a CIFAR ResNet-18 in inference, eager PyTorch, channels-last; fp32, or bf16 by autocast.

Prints one JSON line. Usage: encode_peer.py --batch 256 --threads 2 --seconds 20 --precision bf16
"""

import json

import torch
from cpu_peer import autocast, cifar_resnet18, convolutions_of, filled_like, images, median, name, options_of

options = options_of(batch=256, seconds=20)
encoder = cifar_resnet18().to(memory_format=torch.channels_last).eval()
x = images(options.batch)


def encode():
    with torch.inference_mode(), autocast(options):
        return encoder(x).float().numpy()


def convolutions_alone():
    """Seconds of the encoder's convolutions, each alone: medians of five."""
    calls = []
    for layer, image, _ in convolutions_of(encoder, x):
        a, w = (filled_like(size, options) for size in (image, layer.weight.shape))
        calls.append(lambda a=a, w=w, layer=layer: torch.conv2d(a, w, None, layer.stride, layer.padding))
    with torch.inference_mode():
        return sum(median(call, least=5)[0] for call in calls)


time, batches = median(encode, options.seconds)
limit = options.batch / convolutions_alone()
print(json.dumps({"peer": name(options), "images_per_second": options.batch / time, "limit_images_per_second": limit, "batches": batches}))
