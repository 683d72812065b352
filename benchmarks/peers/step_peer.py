"""Peer of a training step of other methods and encoders (benchmarks/step.ts has the same cases): eager PyTorch with timm's and
torchvision's networks, losses as the authors' codes have them; fp32, or bf16 by autocast.

Prints one JSON line. Usage: step_peer.py --case mae|dino|simclr --threads 2 --seconds 30 --precision bf16
"""

import argparse
import copy
import json

import timm
import torch
import torch.nn.functional as F
import torchvision
from cpu_peer import autocast, median, name
from timm.models.vision_transformer import Block
from torch import nn


class Mae(nn.Module):
    """MAE on ViT-Tiny/4 at 32 pixels, decoder 4 x 192 x 3 heads, normalised pixels, three quarters hidden."""

    batch = 64

    def __init__(self):
        super().__init__()
        self.encoder = timm.create_model("vit_tiny_patch16_224", img_size=32, patch_size=4, num_classes=0)
        self.embed = nn.Linear(192, 192)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, 192))
        self.positions = nn.Parameter(torch.randn(1, 65, 192), requires_grad=False)
        self.decoder = nn.Sequential(*[Block(192, 3, qkv_bias=True) for _ in range(4)], nn.LayerNorm(192))
        self.paint = nn.Linear(192, 48)
        self.x = torch.randn(self.batch, 3, 32, 32)
        self.optimizer = torch.optim.AdamW(self.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.05)

    def loss(self):
        vit, n = self.encoder, self.batch
        order = torch.argsort(torch.rand(n, 64), dim=1)
        restore = torch.argsort(order, dim=1)
        patches = vit.patch_embed(self.x) + vit.pos_embed[:, 1:]
        kept = torch.gather(patches, 1, order[:, :16, None].expand(-1, -1, 192))
        cls = (vit.cls_token + vit.pos_embed[:, :1]).expand(n, -1, -1)
        seen = self.embed(vit.norm(vit.blocks(torch.cat([cls, kept], 1))))
        full = torch.cat([seen[:, 1:], self.mask_token.to(seen.dtype).expand(n, 48, -1)], 1)
        full = torch.gather(full, 1, restore[:, :, None].expand(-1, -1, 192))
        painted = self.paint(self.decoder(torch.cat([seen[:, :1], full], 1) + self.positions))[:, 1:].float()
        target = self.x.reshape(n, 3, 8, 4, 8, 4).permute(0, 2, 4, 3, 5, 1).reshape(n, 64, 48)
        target = (target - target.mean(-1, keepdim=True)) / (target.var(-1, keepdim=True) + 1e-6).sqrt()
        mask = (restore >= 16).float()
        return (((painted - target) ** 2).mean(-1) * mask).sum() / mask.sum()

    def after(self):
        pass


class Dino(nn.Module):
    """DINO on ViT-Small/16, two views of 224 and eight of 96 pixels, head 2,048 wide with 65,536 prototypes."""

    batch = 4

    def __init__(self):
        super().__init__()
        vit = timm.create_model("vit_small_patch16_224", num_classes=0, dynamic_img_size=True, drop_path_rate=0.1)
        mlp = [nn.Linear(384, 2048), nn.GELU(), nn.Linear(2048, 2048), nn.GELU(), nn.Linear(2048, 256)]
        self.student = nn.ModuleList([vit, nn.Sequential(*mlp), nn.Linear(256, 65536, bias=False)])
        self.teacher = copy.deepcopy(self.student).requires_grad_(False).eval()
        self.center = torch.zeros(1, 65536)
        self.seen = None
        self.large, self.small = torch.randn(2 * self.batch, 3, 224, 224), torch.randn(8 * self.batch, 3, 96, 96)
        self.optimizer = torch.optim.AdamW(self.student.parameters(), lr=1e-3, weight_decay=0.04)

    @staticmethod
    def scores(head, x):
        _, mlp, last = head
        z = F.normalize(mlp(x), dim=-1)
        return F.linear(z, F.normalize(last.weight, dim=-1))

    def loss(self):
        with torch.no_grad():
            self.seen = self.scores(self.teacher, self.teacher[0](self.large)).float()
            taught = F.softmax((self.seen - self.center) / 0.04, dim=-1).chunk(2)
        features = torch.cat([self.student[0](self.large), self.student[0](self.small)])
        said = (self.scores(self.student, features).float() / 0.1).chunk(10)
        terms = [
            torch.sum(-q * F.log_softmax(p, dim=-1), dim=-1).mean() for i, q in enumerate(taught) for j, p in enumerate(said) if i != j
        ]
        return sum(terms) / len(terms)

    def after(self):
        with torch.no_grad():
            for mine, other in zip(self.teacher.parameters(), self.student.parameters()):
                mine.mul_(0.996).add_(other, alpha=0.004)
            self.center.mul_(0.9).add_(self.seen.mean(0, keepdim=True), alpha=0.1)


class Simclr(nn.Module):
    """SimCLR on ResNet-50 with ImageNet's stem at 64 pixels, projector 2,048 to 128."""

    batch = 32

    def __init__(self):
        super().__init__()
        self.encoder = torchvision.models.resnet50(weights=None)
        self.encoder.fc = nn.Identity()
        self.projector = nn.Sequential(nn.Linear(2048, 2048, bias=False), nn.BatchNorm1d(2048), nn.ReLU(), nn.Linear(2048, 128))
        self.to(memory_format=torch.channels_last)
        self.x = torch.randn(2 * self.batch, 3, 64, 64).to(memory_format=torch.channels_last)
        self.target = torch.arange(2 * self.batch) ^ 1
        self.diagonal = torch.eye(2 * self.batch, dtype=torch.bool)
        self.optimizer = torch.optim.SGD(self.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)

    def loss(self):
        z = F.normalize(self.projector(self.encoder(self.x)).float(), dim=1)
        return F.cross_entropy((z @ z.T / 0.5).masked_fill(self.diagonal, -1e9), self.target)

    def after(self):
        pass


parser = argparse.ArgumentParser()
parser.add_argument("--case", choices=["mae", "dino", "simclr"], required=True)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--seconds", type=float, default=30)
parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(0)
model = {"mae": Mae, "dino": Dino, "simclr": Simclr}[options.case]()


def step():
    with autocast(options):
        loss = model.loss()
    model.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if options.case == "dino":
        for parameter in model.student.parameters():
            nn.utils.clip_grad_norm_([parameter], 3.0)
    model.optimizer.step()
    model.after()


time, steps = median(step, options.seconds, least=2)
print(json.dumps({"peer": f"{name(options)}, timm {timm.__version__}", "images_per_second": model.batch / time, "steps": steps}))
