"""Our U-Net and DeepLabV3 written plainly in PyTorch: what peers.py and gpu.py time ours beside."""

import torch
from torch import nn
from torch.nn import functional as F


class UNet(nn.Module):
    """The network of models/unet.h."""

    def __init__(self, channels, classes, base=16, downs=4):
        super().__init__()
        widths = [base << k for k in range(downs + 1)]
        self.down = nn.ModuleList(self.block(i, o) for i, o in zip([channels, *widths], widths))
        self.up = nn.ModuleList(nn.ConvTranspose3d(2 * w, w, 2, stride=2) for w in widths[:-1])
        self.dec = nn.ModuleList(self.block(2 * w, w) for w in widths[:-1])
        self.head = nn.Conv3d(base, classes, 1)

    @staticmethod
    def block(i, o):
        layers = []
        for source in (i, o):
            layers += [nn.Conv3d(source, o, 3, padding=1), nn.ReLU(inplace=True), nn.BatchNorm3d(o)]
        return nn.Sequential(*layers)

    def forward(self, x):
        kept = []
        for level in self.down:
            x = level(F.max_pool3d(x, 2) if kept else x)
            kept.append(x)
        for k in reversed(range(len(self.up))):
            x = self.dec[k](torch.cat([self.up[k](x), kept[k]], 1))
        return self.head(x)


def unit(i, o, kernel=3, stride=1, dilation=1, relu=True):
    layers = [
        nn.Conv3d(i, o, kernel, stride, kernel // 2 * dilation, dilation, bias=False),
        nn.BatchNorm3d(o),
    ]
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if relu else []))


class ResidualBlock(nn.Module):
    def __init__(self, i, o, stride, dilation):
        super().__init__()
        self.convolutions = nn.Sequential(
            unit(i, o, 3, stride, dilation), unit(o, o, 3, 1, dilation, relu=False)
        )
        self.shortcut = nn.Identity()
        if stride != 1 or i != o:
            self.shortcut = nn.Sequential(nn.Conv3d(i, o, 1, stride), nn.BatchNorm3d(o))

    def forward(self, x):
        return F.relu(self.convolutions(x) + self.shortcut(x), inplace=True)


class DeepLabV3(nn.Module):
    """The network of models/deeplabv3.h with its defaults: ResNet-34, output stride 8, decoder."""

    def __init__(self, channels, classes, width=256, rates=(2, 4, 6), low=48):
        super().__init__()
        self.stem = nn.Sequential(unit(channels, 64, 7, 2), nn.MaxPool3d(3, 2, 1))
        # blocks, width, stride of the first, dilation of the first, of the others
        layers = [(3, 64, 1, 1, 1), (4, 128, 2, 1, 1), (6, 256, 1, 1, 2), (3, 512, 1, 2, 4)]
        self.layers, i = nn.ModuleList(), 64
        for count, o, stride, first, others in layers:
            blocks = [ResidualBlock(i, o, stride, first)]
            blocks += [ResidualBlock(o, o, 1, others) for _ in range(count - 1)]
            self.layers.append(nn.Sequential(*blocks))
            i = o
        self.branches = nn.ModuleList([unit(i, width, 1)])
        self.branches.extend(unit(i, width, dilation=rate) for rate in rates)
        self.mean = nn.Sequential(nn.AdaptiveAvgPool3d(1), nn.Conv3d(i, width, 1), nn.ReLU())
        self.project = unit((len(rates) + 2) * width, width, 1)
        self.reduce = unit(64, low, 1)
        self.decoder = nn.Sequential(unit(width + low, width), unit(width, width))
        self.head = nn.Conv3d(width, classes, 1)

    def forward(self, image):
        low = self.layers[0](self.stem(image))
        x = low
        for layer in self.layers[1:]:
            x = layer(x)
        parts = [branch(x) for branch in self.branches]
        parts.append(self.mean(x).expand_as(parts[0]))
        x = self.project(torch.cat(parts, 1))
        x = F.interpolate(x, low.shape[2:], mode="trilinear")
        x = self.decoder(torch.cat([x, self.reduce(low)], 1))
        return F.interpolate(self.head(x), image.shape[2:], mode="trilinear")
