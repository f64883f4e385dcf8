#!/usr/bin/env python3
"""NeuronAl with Wanda, written plainly in PyTorch, to be compared with `sparsum prune --allocation neuronal`.

Reads a LLaMA folder in Hugging Face layout (safetensors) and ready calibration ids; needs torch alone. For every candidate each block runs
dense and pruned over the first 8 sequences, all 8 at once; hooks gather the norms of every linear layer's inputs. Prints one JSON line.

    neuronal_wanda.py MODEL IDS.safetensors [--sparsity 0.7] [--threads N] [--compare PRUNED_FOLDER]
"""
import argparse
import json
import struct
import time
from pathlib import Path

import torch

BLOCK_LAMBDAS = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.12, 0.15, 0.2, 0.25]
LAYERS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
READER = {"q_proj": "o_proj", "k_proj": "o_proj", "v_proj": "o_proj", "o_proj": "gate_proj", "gate_proj": "down_proj", "up_proj": "down_proj"}
TYPES = {"BF16": torch.bfloat16, "F16": torch.float16, "F32": torch.float32, "I32": torch.int32, "I64": torch.int64}


def read_safetensors(path):
    data = bytearray(Path(path).read_bytes())
    length = struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            tensors[name] = torch.frombuffer(data[start:end], dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def read_folder(folder):
    tensors = {}
    for file in sorted(Path(folder).glob("*.safetensors")):
        if "ids" not in file.name:
            tensors.update(read_safetensors(file))
    return tensors


class Norm(torch.nn.Module):
    def __init__(self, weight, epsilon):
        super().__init__()
        self.weight, self.epsilon = torch.nn.Parameter(weight), epsilon

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon))


class Block(torch.nn.Module):
    def __init__(self, config, tensors, index):
        super().__init__()
        prefix = f"model.layers.{index}."
        for name in LAYERS:
            part = "mlp" if name in ("gate_proj", "up_proj", "down_proj") else "self_attn"
            weight = tensors[f"{prefix}{part}.{name}.weight"].float()
            linear = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
            linear.weight.data = weight
            setattr(self, name, linear)
        epsilon = config.get("rms_norm_eps", 1e-6)
        self.input_norm = Norm(tensors[prefix + "input_layernorm.weight"].float(), epsilon)
        self.post_norm = Norm(tensors[prefix + "post_attention_layernorm.weight"].float(), epsilon)
        self.heads = config["num_attention_heads"]
        self.groups = config.get("num_key_value_heads") or self.heads

    def linears(self):
        return {name: getattr(self, name) for name in LAYERS}

    def forward(self, x, cosine, sine, mask):
        batch, length, width = x.shape
        size = width // self.heads
        normed = self.input_norm(x)
        q = self.q_proj(normed).view(batch, length, self.heads, size).transpose(1, 2)
        k = self.k_proj(normed).view(batch, length, self.groups, size).transpose(1, 2)
        v = self.v_proj(normed).view(batch, length, self.groups, size).transpose(1, 2)
        q, k = q * cosine + rotated(q) * sine, k * cosine + rotated(k) * sine
        k = k.repeat_interleave(self.heads // self.groups, 1)
        v = v.repeat_interleave(self.heads // self.groups, 1)
        scores = torch.softmax(q @ k.transpose(2, 3) / size**0.5 + mask, -1)
        x = x + self.o_proj((scores @ v).transpose(1, 2).reshape(batch, length, width))
        normed = self.post_norm(x)
        return x + self.down_proj(torch.nn.functional.silu(self.gate_proj(normed)) * self.up_proj(normed))


def rotated(x):
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), -1)


class Model:
    def __init__(self, folder):
        config = json.loads((Path(folder) / "config.json").read_text())
        tensors = read_folder(folder)
        self.blocks = [Block(config, tensors, i) for i in range(config["num_hidden_layers"])]
        self.embedding = tensors["model.embed_tokens.weight"].float()
        self.size = config["hidden_size"] // config["num_attention_heads"]
        self.theta = config.get("rope_theta", 10000.0)

    def constants(self, length):
        frequencies = self.theta ** (-torch.arange(0, self.size, 2).float() / self.size)
        angles = torch.outer(torch.arange(length).float(), frequencies)
        angles = torch.cat((angles, angles), -1)
        return angles.cos(), angles.sin(), torch.full((length, length), float("-inf")).triu(1)


def run(block, x, constants):
    """The block's output and the norms of every layer's input channels."""
    sums = {}

    def hook(name):
        return lambda _, inputs: sums.__setitem__(name, inputs[0].pow(2).sum((0, 1)) / x.shape[0])

    handles = [linear.register_forward_pre_hook(hook(name)) for name, linear in block.linears().items()]
    output = block(x, *constants)
    for handle in handles:
        handle.remove()
    return output, {name: value.sqrt() for name, value in sums.items()}


def prune(block, norms, ratios):
    """Wanda; a number prunes floor(C s) of each row, a list keeps trunc((1 - s_r) C) of row r."""
    for name, linear in block.linears().items():
        weight = linear.weight.data
        scores = weight.abs() * norms[name]
        ratio = ratios[name]
        if isinstance(ratio, float):
            columns = torch.sort(scores, dim=-1, stable=True)[1][:, : int(weight.shape[1] * ratio)]
            weight.scatter_(1, columns, 0)
        else:
            order = torch.sort(scores, dim=-1, descending=True, stable=True)[1]
            kept = ((1 - ratio) * weight.shape[1]).long()
            mask = torch.zeros_like(weight, dtype=torch.bool)
            mask.scatter_(1, order, torch.arange(weight.shape[1])[None, :] >= kept[:, None])
            weight[mask] = 0


def evaluate(model, states, constants, plan):
    """The metric of one plan, and dense minus sparse norms of every layer."""
    metric, deltas = 0.0, []
    for block, ratios in zip(model.blocks, plan):
        _, dense = run(block, states, constants)
        kept = {name: linear.weight.data.clone() for name, linear in block.linears().items()}
        prune(block, dense, ratios)
        states, sparse = run(block, states, constants)
        for name, linear in block.linears().items():
            linear.weight.data = kept[name]
            d, s = dense[name], sparse[name]
            if name not in ("q_proj", "k_proj", "v_proj"):
                metric += float(torch.norm(d / d.sum() - s / s.sum()) / len(d))
        deltas.append({name: dense[name] - sparse[name] for name in LAYERS})
    return metric, deltas


def schedule(blocks, sparsity, value):
    step = 1 / (blocks - 1) * value * 2
    line = [i * step for i in range(blocks)]
    mean = sum(line) / blocks
    return [min(0.99, max(0.01, 1 - (u - mean + (1 - sparsity)))) for u in reversed(line)]


def row_plan(model, base, deltas, value):
    plan = []
    for i, block in enumerate(model.blocks):
        ratios = {}
        for name, linear in block.linears().items():
            rows = linear.weight.shape[0]
            signal = deltas[i][READER[name]] if name in READER and i + 1 < len(model.blocks) else None
            if signal is None or len(signal) != rows or block.groups != block.heads and name in ("q_proj", "k_proj", "v_proj"):
                ratios[name] = torch.full((rows,), base[i], dtype=torch.float64)
            else:
                g = signal.double()
                g = (g - g.min()) / (g.max() - g.min()) * value * 2
                ratios[name] = (1 - (g - (g.mean() - (1 - base[i])))).clamp(0.01, 0.99)
        plan.append(ratios)
    return plan


def compare(model, folder):
    """How many mask bits differ from another pruned folder."""
    tensors = read_folder(folder)
    different = total = 0
    for i, block in enumerate(model.blocks):
        for name, linear in block.linears().items():
            part = "mlp" if name in ("gate_proj", "up_proj", "down_proj") else "self_attn"
            other = tensors[f"model.layers.{i}.{part}.{name}.weight"].float()
            different += int(((other == 0) != (linear.weight.data == 0)).sum())
            total += other.numel()
    return different, total


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("ids")
    parser.add_argument("--sparsity", type=float, default=0.7)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--compare")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    model = Model(arguments.model)
    ids = read_safetensors(arguments.ids)["input_ids"].long()
    constants = model.constants(ids.shape[1])
    started = time.perf_counter()
    small = model.embedding[ids[:8]]
    count = len(model.blocks)
    lambdas = [value for value in BLOCK_LAMBDAS if arguments.sparsity < 0.8 or value != 0.25]
    best = None
    for value in lambdas:
        base = schedule(count, arguments.sparsity, value)
        metric, deltas = evaluate(model, small, constants, [{name: ratio for name in LAYERS} for ratio in base])
        if best is None or metric < best[0]:
            best = metric, value, base, deltas
    _, lambda_block, base, deltas = best
    best = None
    for value in [0.0] + BLOCK_LAMBDAS:
        plan = row_plan(model, base, deltas, value)
        metric, _ = evaluate(model, small, constants, plan)
        if best is None or metric < best[0]:
            best = metric, value, plan
    metric, lambda_row, plan = best
    searched = time.perf_counter()
    states = model.embedding[ids]
    for block, ratios in zip(model.blocks, plan):
        _, norms = run(block, states, constants)
        prune(block, norms, ratios)
        states, _ = run(block, states, constants)
    finished = time.perf_counter()
    result = {
        "lambdaBlock": lambda_block,
        "lambdaRow": lambda_row,
        "metric": metric,
        "searchSeconds": round(searched - started, 3),
        "pruneSeconds": round(finished - searched, 3),
    }
    if arguments.compare:
        result["differentMaskBits"], result["maskBits"] = compare(model, arguments.compare)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
