#!/usr/bin/env python3
"""Makes layers.json: what timm's layer-wise decay multiplies the learning rate of each parameter by (param_groups_layer_decay).

Run with torch and timm installed:  python test/golden/torch/make_layers.py
timm's models have a classifier behind the encoder, which is left out here: its factor is 1.
"""
import json
import pathlib

import timm
from timm.optim import param_groups_layer_decay

DECAY = 0.75


def factors(name):
    model = timm.create_model(name, pretrained=False)
    names = {id(p): n for n, p in model.named_parameters()}
    found = {}
    for group in param_groups_layer_decay(model, layer_decay=DECAY):
        for p in group["params"]:
            found[names[id(p)]] = group["lr_scale"]
    heads = {found.pop(n) for n in list(found) if n.startswith(("fc.", "head."))}
    assert heads == {1.0}
    return [[n, found[n]] for n, _ in model.named_parameters() if n in found]


golden = {"timm": timm.__version__, "decay": DECAY, "models": {name: factors(name) for name in ["resnet18", "resnet50", "vit_tiny_patch16_224"]}}
pathlib.Path(__file__).with_name("layers.json").write_text(json.dumps(golden) + "\n")
