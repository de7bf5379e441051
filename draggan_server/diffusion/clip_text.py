"""The text encoder of CLIP (arXiv 2103.00020, section 2.4), which Stable Diffusion is told by.

A transformer (1706.03762) whose layers are normalised before they act; a token sees those before
it. Tensors have the names that transformers gives them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional


def _quick_gelu(x: torch.Tensor) -> torch.Tensor:
    return x * torch.sigmoid(1.702 * x)  # 1606.08415, section 2


ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "quick_gelu": _quick_gelu,
    "gelu": functional.gelu,
}


@dataclass(frozen=True, slots=True)
class ClipGeometry:
    """As a configuration of transformers names it."""

    vocab_size: int = 49408
    hidden_size: int = 512
    intermediate_size: int = 2048
    num_hidden_layers: int = 12
    num_attention_heads: int = 8
    max_position_embeddings: int = 77
    hidden_act: str = "quick_gelu"
    layer_norm_eps: float = 1e-5


class ClipText(nn.Module):
    """Tokens [N, L] to what they say [N, L, D]."""

    def __init__(self, geometry: ClipGeometry) -> None:
        super().__init__()
        self.text_model = _TextModel(geometry)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        said: torch.Tensor = self.text_model(tokens)
        return said


class _TextModel(nn.Module):
    def __init__(self, geometry: ClipGeometry) -> None:
        super().__init__()
        self.embeddings = _Embeddings(geometry)
        self.encoder = _Encoder(geometry)
        self.final_layer_norm = _norm(geometry)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        said: torch.Tensor = self.final_layer_norm(self.encoder(self.embeddings(tokens)))
        return said


class _Embeddings(nn.Module):
    def __init__(self, geometry: ClipGeometry) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(geometry.vocab_size, geometry.hidden_size)
        self.position_embedding = nn.Embedding(
            geometry.max_position_embeddings, geometry.hidden_size
        )

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        places = torch.arange(tokens.shape[1], device=tokens.device)
        embedded: torch.Tensor = self.token_embedding(tokens) + self.position_embedding(places)
        return embedded


class _Encoder(nn.Module):
    def __init__(self, geometry: ClipGeometry) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Layer(geometry) for _ in range(geometry.num_hidden_layers))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


class _Layer(nn.Module):
    def __init__(self, geometry: ClipGeometry) -> None:
        super().__init__()
        self.layer_norm1 = _norm(geometry)
        self.self_attn = _Attention(geometry)
        self.layer_norm2 = _norm(geometry)
        self.mlp = _Mlp(geometry)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.self_attn(self.layer_norm1(x))
        total: torch.Tensor = x + self.mlp(self.layer_norm2(x))
        return total


class _Attention(nn.Module):
    def __init__(self, geometry: ClipGeometry) -> None:
        super().__init__()
        width = geometry.hidden_size
        self._heads = geometry.num_attention_heads
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (
            nn.Linear(width, width) for _ in range(4)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = (
            projection(x).unflatten(2, (self._heads, -1)).transpose(1, 2)
            for projection in (self.q_proj, self.k_proj, self.v_proj)
        )
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        attended: torch.Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return attended


class _Mlp(nn.Module):
    def __init__(self, geometry: ClipGeometry) -> None:
        super().__init__()
        self.fc1 = nn.Linear(geometry.hidden_size, geometry.intermediate_size)
        self.fc2 = nn.Linear(geometry.intermediate_size, geometry.hidden_size)
        self._activation = ACTIVATIONS[geometry.hidden_act]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.fc2(self._activation(self.fc1(x)))
        return out


def _norm(geometry: ClipGeometry) -> nn.LayerNorm:
    return nn.LayerNorm(geometry.hidden_size, eps=geometry.layer_norm_eps)
