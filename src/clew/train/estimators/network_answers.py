"""A learnt network that answers: the same bits for a row by itself and among many."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.train.estimators.network_learning import Network, Singles, silu

#: Rows that are worked on together: keeps what they need in the cache.
_BLOCK = 256


@dataclass(frozen=True)
class Layers:
    """Weights with all constants folded in.

    Products are added one input after the other, never by a library whose order depends on the number of rows.

    Parameters
    ----------
    freq, phase : ndarray, shape (waves, p)
        Of the cosines of each number; no waves where there are none.
    mix : ndarray, shape (waves, mixed, p)
        From cosines to their sums.
    mix_bias : ndarray, shape (mixed, p)
        What is added to these.
    first : ndarray, shape (p · (1 + mixed) + marks, width)
        From numbers, sums of cosines (sum after sum) and marks to the first layer.
    groups : ndarray, shape (groups, width)
        What each category adds.
    biases : tuple of ndarray
        Of each layer.
    others : tuple of ndarray
        From each hidden layer to the next, or to the sums.
    """

    freq: Singles
    phase: Singles
    mix: Singles
    mix_bias: Singles
    first: Singles
    groups: Singles
    biases: tuple[Singles, ...]
    others: tuple[Singles, ...]

    @classmethod
    def of(cls, network: Network) -> "Layers":
        """Take the weights of a learnt network."""
        shape, weights = network.shape, network.weights
        numbers, into, across = shape.numbers, network.into, network.across
        first = weights["scale"][:, None] * weights["w0"] * into
        if shape.waves:
            freq, phase = weights["freq"].T, weights["phase"].T
            mix, mix_bias = weights["mix"].transpose(1, 2, 0), weights["mix_bias"].T
            end = numbers * (1 + shape.mixed)
            by_number = first[numbers:end].reshape(numbers, shape.mixed, shape.width)
            by_sum = by_number.transpose(1, 0, 2).reshape(-1, shape.width)
            first = np.concatenate([first[:numbers], by_sum, first[end:]])
        else:
            freq = phase = np.zeros((0, numbers), dtype=np.float32)
            mix = np.zeros((0, 0, numbers), dtype=np.float32)
            mix_bias = np.zeros((0, numbers), dtype=np.float32)
        others = tuple(weights[f"w{layer}"] * across for layer in range(1, shape.layers + 1))
        biases = tuple(weights[f"b{layer}"].copy() for layer in range(shape.layers + 1))
        freq, phase, mix, mix_bias = (np.ascontiguousarray(part) for part in (freq, phase, mix, mix_bias))
        return cls(freq, phase, mix, mix_bias, first, weights["g0"] * into, biases, others)

    def sums(self, numbers: Singles, marks: Singles, groups: NDArray[np.int64]) -> Singles:
        """Return the sums of many rows, shape (n, outputs)."""
        blocks = [np.empty((0, self.others[-1].shape[1]), dtype=np.float32)]
        for start in range(0, len(numbers), _BLOCK):
            rows = slice(start, start + _BLOCK)
            blocks.append(self._block(numbers[rows], marks[rows], groups[rows]))
        return np.concatenate(blocks)

    def sums_row(self, numbers: Singles, marks: Singles, groups: NDArray[np.int64]) -> Singles:
        """Return the sums of one row, shape (1, outputs)."""
        seen = [numbers, marks]
        if len(self.freq):
            waves = np.cos(numbers * self.freq + self.phase)
            terms = np.concatenate([self.mix_bias[None], waves[:, None, :] * self.mix])
            seen.insert(1, _in_order(terms.reshape(len(terms), -1)))
        first = np.concatenate(seen)[:, None] * self.first
        total = _in_order(np.concatenate([self.biases[0][None], first, self.groups[groups]]))
        for weights, bias in zip(self.others, self.biases[1:], strict=True):
            terms = np.concatenate([bias[None], silu(total)[:, None] * weights])
            total = _in_order(terms)
        return total[None, :]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what `of_arrays` reads."""
        named = {name: getattr(self, name) for name in ("freq", "phase", "mix", "mix_bias", "first", "groups")}
        biases = {f"bias{layer}": bias for layer, bias in enumerate(self.biases)}
        return {**named, **biases, **{f"layer{layer}": weights for layer, weights in enumerate(self.others)}}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Layers":
        """Rebuild from `arrays`."""
        count = sum(name.startswith("layer") for name in arrays)
        named = {name: arrays[name] for name in ("freq", "phase", "mix", "mix_bias", "first", "groups")}
        biases = tuple(arrays[f"bias{layer}"] for layer in range(count + 1))
        return cls(**named, biases=biases, others=tuple(arrays[f"layer{layer}"] for layer in range(count)))

    def _block(self, numbers: Singles, marks: Singles, groups: NDArray[np.int64]) -> Singles:
        rows = len(numbers)
        seen = [numbers, marks]
        if len(self.freq):
            mixed = np.repeat(self.mix_bias[None], rows, axis=0)
            for freq, phase, mix in zip(self.freq, self.phase, self.mix, strict=True):
                mixed += np.cos(numbers * freq + phase)[:, None, :] * mix
            seen.insert(1, mixed.reshape(rows, -1))
        total = _added(np.concatenate(seen, axis=1), self.first, self.biases[0])
        for taken in groups.T:
            total += self.groups[taken]
        for weights, bias in zip(self.others, self.biases[1:], strict=True):
            total = _added(silu(total), weights, bias)
        return total


def _added(inputs: Singles, weights: Singles, bias: Singles) -> Singles:
    """Return bias + inputs @ weights, added input after input."""
    total = np.repeat(bias[None], len(inputs), axis=0)
    product = np.empty_like(total)
    for column, row in zip(np.ascontiguousarray(inputs.T), weights, strict=True):
        np.multiply(column[:, None], row, out=product)
        total += product
    return total


def _in_order(terms: Singles) -> Singles:
    """Return the sum over the first axis, added one after the other; shape (n, k) → (k,)."""
    # The quick sum does so where rows of several numbers are added, and in pairs where there is a single column.
    total: Singles = np.add.reduce(terms, axis=0) if terms.shape[1] > 1 else np.add.accumulate(terms, axis=0)[-1]
    return total
