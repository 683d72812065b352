"""What the CPU peers of training and encoding share: options, a CIFAR ResNet-18 of torchvision, medians of times."""

import argparse
import time

import torch
import torchvision
from torch import nn


def options_of(batch, seconds):
    """--batch, --threads, --seconds, --precision; threads and seed are set."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, default=batch)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=seconds)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    return options


def cifar_resnet18():
    """ResNet-18 with a 3 x 3 stem and without the classifier."""
    encoder = torchvision.models.resnet18(weights=None)
    encoder.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    encoder.maxpool = nn.Identity()
    encoder.fc = nn.Identity()
    return encoder


def images(count):
    """Random images of 32 x 32, channels last."""
    return torch.randn(count, 3, 32, 32).to(memory_format=torch.channels_last)


def convolutions_of(encoder, x):
    """(layer, shape of its input, shape of its output) of every convolution when the encoder sees x."""
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
    return shapes


def filled_like(shape, options):
    """Normal numbers in the precision of the products; images and filters channels last."""
    x = torch.randn(shape).to(torch.bfloat16 if options.precision == "bf16" else torch.float32)
    return x.to(memory_format=torch.channels_last) if x.dim() == 4 else x


def autocast(options):
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.precision == "bf16")


def name(options):
    return f"PyTorch {torch.__version__} {options.precision}"


def seconds_of(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def median(call, seconds=0.0, least=1):
    """Median seconds of calls (after one that does not count) for so long, and how many there were; at least `least`."""
    call()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < least:
        times.append(seconds_of(call))
    return sorted(times)[len(times) // 2], len(times)
