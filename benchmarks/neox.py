"""Bring PolyGPT's weights into Hugging Face transformers, as a GPT-NeoX with SiLU and without the parallel residual.

The two compute the same function (`largest_difference` measures it), so that speed is compared on the
same weights, tokenizer and batch.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM
from transformers.utils import logging

from polydesign.data.encodings.tokenizer import END_ID, PAD_ID, START_ID, UNKNOWN_ID
from polydesign.generators.polygpt.network import PolyGPT
from polydesign.nn.requests import Requests
from polydesign.nn.tally import RunningTally

TOLERANCE = 1e-3  # largest difference of a logit that rounding in float32 explains


def to_transformers(network: PolyGPT, attention: str = "sdpa") -> GPTNeoXForCausalLM:
    """Return a transformers model with the weights of `network`; `attention` is "sdpa" or "eager"."""
    logging.set_verbosity_error()  # its advice about generation settings is about files we do not have
    settings = network.config
    config = GPTNeoXConfig(
        vocab_size=settings.vocab_size,
        hidden_size=settings.d_model,
        num_hidden_layers=settings.n_layers,
        num_attention_heads=settings.n_heads,
        intermediate_size=4 * settings.d_model,
        hidden_act="silu",
        rotary_pct=1.0,
        rotary_emb_base=10_000,
        max_position_embeddings=settings.max_length,
        use_parallel_residual=False,
        tie_word_embeddings=True,
        bos_token_id=START_ID,
        eos_token_id=END_ID,
        pad_token_id=PAD_ID,
        attn_implementation=attention,
    )
    model = GPTNeoXForCausalLM(config).eval()
    dtype = network.tokens.weight.dtype
    model.load_state_dict(_renamed(network.state_dict(), settings.n_heads), strict=True)
    return model.to(dtype)


def _renamed(ours: Mapping[str, Tensor], n_heads: int) -> dict[str, Tensor]:
    """Return the state dictionary under GPT-NeoX's names; queries, keys and values are interleaved by head there."""
    theirs = {
        "gpt_neox.embed_in.weight": ours["tokens.weight"],
        "embed_out.weight": ours["tokens.weight"],
        "gpt_neox.final_layer_norm.weight": ours["decoder.norm.weight"],
        "gpt_neox.final_layer_norm.bias": ours["decoder.norm.bias"],
    }
    names = {
        "attention_norm": "input_layernorm",
        "mlp_norm": "post_attention_layernorm",
        "attention.qkv": "attention.query_key_value",
        "attention.out": "attention.dense",
        "mlp.0": "mlp.dense_h_to_4h",
        "mlp.2": "mlp.dense_4h_to_h",
    }
    for name, tensor in ours.items():
        if not name.startswith("decoder.blocks."):
            continue
        _, _, layer, rest = name.split(".", 3)
        module, part = rest.rsplit(".", 1)
        if module == "attention.qkv":  # (3, heads, width, ...) -> (heads, 3, width, ...)
            shape = (3, n_heads, -1, *tensor.shape[1:])
            tensor = tensor.reshape(shape).transpose(0, 1).reshape(tensor.shape)
        theirs[f"gpt_neox.layers.{layer}.{names[module]}.{part}"] = tensor
    return theirs


def _nothing(network: PolyGPT, batch: int) -> Requests:
    return Requests.none(batch, len(network.config.conditions))


class _CountingEmbedding(nn.Module):
    """Token embeddings with the tally of all tokens that were embedded before, for one batch without conditions."""

    def __init__(self, network: PolyGPT, batch: int) -> None:
        super().__init__()
        self.tokens = network.tokens
        self.state = RunningTally(network.tally, _nothing(network, batch))

    def forward(self, tokens: Tensor) -> Tensor:
        return self.tokens(tokens) + self.state.embed(tokens)


@torch.no_grad()
def largest_difference(network: PolyGPT, model: GPTNeoXForCausalLM, tokens: Tensor) -> float:
    """Return the largest difference of a logit over ``(B, T)`` tokens without conditions."""
    nothing = _nothing(network, len(tokens))
    ours = network.logits(network.hidden(tokens, nothing)).float()
    prefix = network.properties(nothing.values, nothing.given)
    embedded = torch.cat([prefix, _CountingEmbedding(network, len(tokens))(tokens)], dim=1)
    theirs = model(inputs_embeds=embedded).logits[:, network.config.n_embeddings :].float()
    return float((ours - theirs).abs().max())


@torch.no_grad()
def generate(network: PolyGPT, model: GPTNeoXForCausalLM, batch: int, *, temperature: float, seed: int) -> Tensor:
    """Return ``(B, T)`` tokens that transformers' own `generate` draws without conditions."""
    torch.manual_seed(seed)
    settings = network.config
    nothing = _nothing(network, batch)
    prefix = network.properties(nothing.values, nothing.given)
    embedding = _CountingEmbedding(network, batch)
    start = embedding(torch.full((batch, 1), START_ID))
    model.set_input_embeddings(embedding)
    drawn = model.generate(
        inputs_embeds=torch.cat([prefix, start], dim=1),
        attention_mask=torch.ones(batch, settings.n_embeddings + 1, dtype=torch.long),
        do_sample=True,
        temperature=temperature,
        top_k=0,
        top_p=1.0,
        max_new_tokens=settings.max_length - settings.n_embeddings - 1,
        suppress_tokens=[PAD_ID, START_ID, UNKNOWN_ID],
        use_cache=True,
        return_dict_in_generate=False,
    )
    assert isinstance(drawn, Tensor)  # as asked for in the last line
    return drawn
