"""The training step of a BERT classifier in PyTorch, one for each line that comes in.

usage: encoder_step.py threads layers batch length dropout
       encoder_step.py threads probe

Shapes are BERT-base's with a vocabulary of 1000, attention as Hugging Face's BertSelfAttention computes it, AdamW with clipping. For each
line on standard input it runs one step and writes wall seconds, processor seconds and the loss. "probe" writes GFLOP/s of one product, to
choose the kernels of the BLAS library by.
"""
import math
import sys
import time

import torch
from torch import nn
import torch.nn.functional as F

HIDDEN, HEADS, INTERMEDIATE, WORDS, LABELS = 768, 12, 3072, 1000, 2


class Layer(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.query = nn.Linear(HIDDEN, HIDDEN)
        self.key = nn.Linear(HIDDEN, HIDDEN)
        self.value = nn.Linear(HIDDEN, HIDDEN)
        self.output = nn.Linear(HIDDEN, HIDDEN)
        self.up = nn.Linear(HIDDEN, INTERMEDIATE)
        self.down = nn.Linear(INTERMEDIATE, HIDDEN)
        self.attention_norm = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.output_norm = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        batch, length, _ = x.shape
        query, key, value = (
            linear(x).view(batch, length, HEADS, HIDDEN // HEADS).transpose(1, 2) for linear in (self.query, self.key, self.value))
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(HIDDEN // HEADS)
        context = torch.matmul(self.dropout(torch.softmax(scores, -1)), value)
        context = context.transpose(1, 2).reshape(batch, length, HIDDEN)
        x = self.attention_norm(x + self.dropout(self.output(context)))
        return self.output_norm(x + self.dropout(self.down(F.gelu(self.up(x)))))


class Classifier(nn.Module):
    def __init__(self, layers, dropout):
        super().__init__()
        self.words = nn.Embedding(WORDS, HIDDEN)
        self.positions = nn.Embedding(512, HIDDEN)
        self.types = nn.Embedding(2, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(layers))
        self.pooler = nn.Linear(HIDDEN, HIDDEN)
        self.classifier = nn.Linear(HIDDEN, LABELS)
        self.dropout = nn.Dropout(dropout)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, ids):
        x = self.words(ids) + self.positions(torch.arange(ids.shape[1])) + self.types(torch.zeros_like(ids))
        x = self.dropout(self.norm(x))
        for layer in self.layers:
            x = layer(x)
        return self.classifier(self.dropout(torch.tanh(self.pooler(x[:, 0]))))


def probe():
    x, w = torch.randn(2048, HIDDEN), torch.randn(INTERMEDIATE, HIDDEN)
    best = math.inf
    with torch.no_grad():
        for _ in range(12):
            start = time.process_time()
            F.linear(x, w)
            best = min(best, time.process_time() - start)
    print(f"{2e-9 * 2048 * HIDDEN * INTERMEDIATE / best:.1f}")


def serve(layers, batch, length, dropout):
    model = Classifier(layers, dropout)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5, weight_decay=0.01, foreach=False)
    ids, labels = torch.randint(1, WORDS, (batch, length)), torch.randint(0, LABELS, (batch,))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(ids), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    step()
    print(f"PyTorch {torch.__version__}, {torch.backends.cpu.get_cpu_capability() if hasattr(torch.backends, 'cpu') else 'default'}", flush=True)
    for _ in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        loss = step()
        print(time.perf_counter() - wall, time.process_time() - processor, loss, flush=True)


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_num_threads(int(sys.argv[1]))
    if sys.argv[2] == "probe":
        probe()
    else:
        serve(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
