#!/usr/bin/env python3
"""Checks that a BERT classifier written by `sparsum compact --format shrunk --uniform` is what its config.json says.

Builds the network in plain PyTorch from the standard keys of config.json alone, loads the weights strictly (every name and shape must be
the architecture's), and compares its logits with those of `sparsum forward`.

usage: check_uniform_bert.py MODEL INPUT.json OUTPUT.safetensors
  INPUT.json has "input_ids" [batch, tokens] without padding, OUTPUT.safetensors is what `sparsum forward MODEL --input INPUT.json` wrote.
"""

import json
import math
import sys
from pathlib import Path

import torch
from torch import nn

from neuronal_wanda import read_safetensors

TOLERANCE = 1e-5


def group(**parts):
    module = nn.Module()
    for name, part in parts.items():
        setattr(module, name, part)
    return module


class Classifier(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, inner = config["hidden_size"], config["intermediate_size"]
        self.heads = config["num_attention_heads"]

        def linear(inputs, outputs):
            return nn.Linear(inputs, outputs)

        def norm():
            return nn.LayerNorm(width, eps=config["layer_norm_eps"])

        def layer():
            projections = {name: linear(width, width) for name in ("query", "key", "value")}
            return group(
                attention=group(self=group(**projections), output=group(dense=linear(width, width), LayerNorm=norm())),
                intermediate=group(dense=linear(width, inner)),
                output=group(dense=linear(inner, width), LayerNorm=norm()),
            )

        self.bert = group(
            embeddings=group(
                word_embeddings=nn.Embedding(config["vocab_size"], width),
                position_embeddings=nn.Embedding(config["max_position_embeddings"], width),
                token_type_embeddings=nn.Embedding(config["type_vocab_size"], width),
                LayerNorm=norm(),
            ),
            encoder=group(layer=nn.ModuleList(layer() for _ in range(config["num_hidden_layers"]))),
            pooler=group(dense=linear(width, width)),
        )
        self.classifier = linear(width, len(config["id2label"]))

    def attend(self, layer, x):
        def split(values):
            return values.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        own = getattr(layer.attention, "self")
        query, key, value = split(own.query(x)), split(own.key(x)), split(own.value(x))
        weights = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1]), -1)
        return layer.attention.output.dense((weights @ value).transpose(1, 2).flatten(2))

    def forward(self, ids):
        embeddings = self.bert.embeddings
        positions = torch.arange(ids.shape[1])
        x = embeddings.word_embeddings(ids) + embeddings.position_embeddings(positions)
        x = embeddings.LayerNorm(x + embeddings.token_type_embeddings(torch.zeros_like(ids)))
        for layer in self.bert.encoder.layer:
            x = layer.attention.output.LayerNorm(self.attend(layer, x) + x)
            x = layer.output.LayerNorm(layer.output.dense(nn.functional.gelu(layer.intermediate.dense(x))) + x)
        return self.classifier(torch.tanh(self.bert.pooler.dense(x[:, 0])))


def main():
    model, inputs, outputs = sys.argv[1:]
    config = json.loads(Path(model, "config.json").read_text())
    network = Classifier(config)
    network.load_state_dict(read_safetensors(Path(model, "model.safetensors")), strict=True)
    with torch.no_grad():
        logits = network(torch.tensor(json.loads(Path(inputs).read_text())["input_ids"]))
    difference = (read_safetensors(outputs)["logits"].reshape(logits.shape) - logits).abs().max().item()
    print(f"width {config['intermediate_size']} inside, {network.heads} heads: logits differ by at most {difference:.2e}")
    sys.exit(difference > TOLERANCE)


if __name__ == "__main__":
    main()
