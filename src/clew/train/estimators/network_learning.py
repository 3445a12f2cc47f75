"""How a small network learns: its layers, their slopes, and the steps of AdamW."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]
Weights = dict[str, Singles]

#: SiLU halves the spread of what goes through it; this gives it back.
GAIN = np.float32(1.7)
#: Decay of AdamW's means of slopes and of squared slopes.
_FIRST, _SECOND = 0.9, 0.95
#: How fast each kind of weight learns, as a share of the learning rate, and whether it decays.
_SPEED = {"w": (1.0, True), "g": (1.0, True), "b": (0.1, False), "scale": (4.0, False), "mix": (0.3, False)}
_SPEED |= {"mix_bias": (0.1, False), "freq": (0.1, False), "phase": (0.1, False)}
#: Share of the steps in which the learning rate rises.
_RISE = 0.05


@dataclass(frozen=True)
class Inputs:
    """What the network sees of rows.

    Parameters
    ----------
    numbers : ndarray of float32, shape (n, p)
        Scaled numbers.
    marks : ndarray of float32, shape (n, m)
        Marks of missing ones.
    hot : scipy.sparse.csr_array of float32, shape (n, groups)
        One-hot categories.
    """

    numbers: Singles
    marks: Singles
    hot: Any

    def take(self, rows: NDArray[np.int64]) -> "Inputs":
        """Return these rows only."""
        return Inputs(self.numbers[rows], self.marks[rows], self.hot[rows])


@dataclass(frozen=True)
class Shape:
    """Sizes of a network.

    Parameters
    ----------
    numbers, marks, groups : int
        Of the inputs.
    waves : int
        Cosines that each number is also seen through; 0 for none.
    mixed : int
        Sums of cosines for each number.
    layers, width : int
        Hidden layers and their width.
    outputs : int
        Sums at the end.
    """

    numbers: int
    marks: int
    groups: int
    waves: int
    mixed: int
    layers: int
    width: int
    outputs: int

    @property
    def seen(self) -> int:
        """Numbers that the first layer sees."""
        return self.numbers * (1 + (self.mixed if self.waves else 0)) + self.marks

    def sizes(self) -> Mapping[str, tuple[int, ...]]:
        """Return the shape of each weight, in their order."""
        sizes: dict[str, tuple[int, ...]] = {}
        if self.waves:
            sizes |= {"freq": (self.numbers, self.waves), "phase": (self.numbers, self.waves)}
            sizes |= {"mix": (self.numbers, self.waves, self.mixed), "mix_bias": (self.numbers, self.mixed)}
        sizes |= {"scale": (self.seen,), "w0": (self.seen, self.width), "g0": (self.groups, self.width)}
        sizes |= {"b0": (self.width,)}
        for layer in range(1, self.layers):
            sizes |= {f"w{layer}": (self.width, self.width), f"b{layer}": (self.width,)}
        return sizes | {f"w{self.layers}": (self.width, self.outputs), f"b{self.layers}": (self.outputs,)}


class Network:
    """A multi-layer perceptron over periodic embeddings of numbers, in single precision.

    Layers are scaled as in the neural tangent parametrisation, numbers are also seen through a few mixed cosines, and
    every input has a learnt scale (RealMLP: Holzmüller, Grinsztajn & Steinwart 2024).

    Parameters
    ----------
    shape : Shape
        Sizes.
    generator : numpy Generator
        Source of the first weights.
    spread : float
        Standard deviation of the first frequencies.
    """

    def __init__(self, shape: Shape, generator: np.random.Generator, spread: float) -> None:
        self.shape = shape
        sizes = shape.sizes()
        total = sum(int(np.prod(size)) for size in sizes.values())
        self.flat = np.zeros(total, dtype=np.float32)
        self.weights = self.views(self.flat)
        for name, weight in self.weights.items():
            if name in {"freq", "mix"} or (name[0] in "wg" and name != f"w{shape.layers}"):
                weight[...] = generator.standard_normal(weight.shape, dtype=np.float32)
        if shape.waves:
            self.weights["freq"] *= np.float32(2.0 * np.pi * spread)
            self.weights["phase"][...] = generator.uniform(-np.pi, np.pi, self.weights["phase"].shape)
            self.weights["mix"] *= np.float32(1.0 / np.sqrt(shape.waves))
        self.weights["scale"][...] = 1.0
        self.into = np.float32(1.0 / np.sqrt(max(1, shape.seen + (1 if shape.groups else 0))))
        self.across = np.float32(1.0 / np.sqrt(shape.width))

    def views(self, flat: Singles) -> Weights:
        """Return the parts of a flat array by name."""
        views, start = {}, 0
        for name, size in self.shape.sizes().items():
            end = start + int(np.prod(size))
            views[name] = flat[start:end].reshape(size)
            start = end
        return views

    def sums(self, inputs: Inputs) -> Singles:
        """Return the sums at the end, shape (n, outputs)."""
        out: Singles = self._forward(inputs, ())[0]
        return out

    def slopes(self, inputs: Inputs, masks: tuple[Singles, ...], towards: Callable[[Singles], Singles]) -> Singles:
        """Return the slope of the loss towards each weight, flat.

        Parameters
        ----------
        inputs : Inputs
            A batch.
        masks : tuple of ndarray
            What each hidden layer is multiplied by, shape (n, width).
        towards : callable
            From the sums at the end to the slope of the loss towards each.
        """
        out, seen, scaled, pres, posts, angles = self._forward(inputs, masks)
        slope = np.empty_like(self.flat)
        into, weights = self.views(slope), self.weights
        back = towards(out)
        for layer in range(self.shape.layers, 0, -1):
            np.matmul(posts[layer - 1].T, back * self.across, out=into[f"w{layer}"])
            into[f"b{layer}"][...] = back.sum(axis=0)
            back = (back @ weights[f"w{layer}"].T) * self.across
            back *= masks[layer - 1]
            back *= _silu_slope(pres[layer - 1])
        into["b0"][...] = back.sum(axis=0)
        back *= self.into
        np.matmul(scaled.T, back, out=into["w0"])
        into["g0"][...] = inputs.hot.T @ back
        back = back @ weights["w0"].T
        into["scale"][...] = np.einsum("nk,nk->k", back, seen)
        if self.shape.waves:
            self._slopes_of_waves(back * weights["scale"], inputs, angles, into)
        return slope

    def _forward(self, inputs: Inputs, masks: tuple[Singles, ...]) -> tuple[Any, ...]:
        weights, angles = self.weights, None
        parts = [inputs.numbers]
        if self.shape.waves:
            angles = inputs.numbers.T[:, :, None] * weights["freq"][:, None, :] + weights["phase"][:, None, :]
            mixed = np.cos(angles) @ weights["mix"] + weights["mix_bias"][:, None, :]
            parts.append(mixed.transpose(1, 0, 2).reshape(len(inputs.numbers), -1))
        seen = np.concatenate([*parts, inputs.marks], axis=1)
        scaled = seen * weights["scale"]
        pre = (scaled @ weights["w0"] + inputs.hot @ weights["g0"]) * self.into + weights["b0"]
        pres, posts = [], []
        for layer in range(1, self.shape.layers + 1):
            post = silu(pre)
            if masks:
                post *= masks[layer - 1]
            pres.append(pre)
            posts.append(post)
            pre = (post @ weights[f"w{layer}"]) * self.across + weights[f"b{layer}"]
        return pre, seen, scaled, pres, posts, angles

    def _slopes_of_waves(self, back: Singles, inputs: Inputs, angles: Singles, into: Weights) -> None:
        numbers, mixed = self.shape.numbers, self.shape.mixed
        of_mixed = back[:, numbers : numbers * (1 + mixed)].reshape(len(back), numbers, mixed).transpose(1, 0, 2)
        into["mix"][...] = np.cos(angles).transpose(0, 2, 1) @ of_mixed
        into["mix_bias"][...] = of_mixed.sum(axis=1)
        of_angles: Any = -(of_mixed @ self.weights["mix"].transpose(0, 2, 1)) * np.sin(angles)
        into["phase"][...] = of_angles.sum(axis=1)
        into["freq"][...] = np.einsum("pnf,np->pf", of_angles, inputs.numbers)


def silu(pre: Singles) -> Singles:
    """Return what a hidden layer makes of its sums: SiLU, times `GAIN`; number by number."""
    result: Singles = pre * (GAIN * _share(pre))
    return result


def _silu_slope(pre: Singles) -> Singles:
    share = _share(pre)
    slope: Singles = pre * (np.float32(1.0) - share)
    slope += np.float32(1.0)
    slope *= share
    slope *= GAIN
    return slope


def _share(pre: Singles) -> Singles:
    # Lower sums change nothing, and their powers overflow.
    result: Singles = np.float32(1.0) / (np.float32(1.0) + np.exp(-np.maximum(pre, np.float32(-80.0))))
    return result


@dataclass(frozen=True)
class Steps:
    """How to learn.

    Parameters
    ----------
    epochs : int
        Passes over the rows.
    learning_rate, weight_decay, dropout : float
        Of AdamW at the start of the descent, and the share of hidden numbers left out.
    batch : int
        Rows of a step.
    deadline : float, optional
        Value of `time.monotonic` after which no further step starts.
    """

    epochs: int
    learning_rate: float
    weight_decay: float
    dropout: float
    batch: int
    deadline: float | None


def epochs(
    network: Network,
    inputs: Inputs,
    slope_of: Callable[[NDArray[np.int64], Singles], Singles],
    steps: Steps,
    generator: np.random.Generator,
) -> Iterator[bool]:
    """Learn, and yield after each epoch whether the clock ended it early (AdamW; Loshchilov & Hutter 2019).

    The learning rate rises for a moment and falls along a cosine. Dropout and decay fall with it.

    Parameters
    ----------
    network : Network
        Its weights change.
    inputs : Inputs
        The rows.
    slope_of : callable
        Rows of a batch and their sums → slope of the loss towards each sum.
    steps : Steps
        How.
    generator : numpy Generator
        Order of the rows, and what is left out.
    """
    rows = len(inputs.numbers)
    parts = max(1, round(rows / steps.batch))
    total, done = steps.epochs * parts, 0
    first, second = np.zeros_like(network.flat), np.zeros_like(network.flat)
    speed, decay = _speeds(network)
    for _ in range(steps.epochs):
        late = False
        for batch in np.array_split(generator.permutation(rows), parts):
            late = steps.deadline is not None and time.monotonic() >= steps.deadline
            if late and done:
                break
            height = _height(done / total)
            masks = _masks(network.shape, len(batch), steps.dropout * height, generator)
            slope = network.slopes(inputs.take(batch), masks, partial(slope_of, batch))
            done += 1
            first += np.float32(1.0 - _FIRST) * (slope - first)
            slope *= slope
            second += np.float32(1.0 - _SECOND) * (slope - second)
            size = steps.learning_rate * height * np.sqrt(1.0 - _SECOND**done) / (1.0 - _FIRST**done)
            network.flat *= 1.0 - np.float32(steps.learning_rate * height * steps.weight_decay * height) * decay
            network.flat -= np.float32(size) * speed * first / (np.sqrt(second) + np.float32(1e-8))
        yield late
        if late:
            return


def _height(done: float) -> float:
    """Return the share of the learning rate at a share of all steps."""
    if done < _RISE:
        return max(done / _RISE, 0.05)
    return float(0.5 * (1.0 + np.cos(np.pi * (done - _RISE) / (1.0 - _RISE))))


def _masks(shape: Shape, rows: int, dropout: float, generator: np.random.Generator) -> tuple[Singles, ...]:
    if dropout <= 0.0:
        return tuple(np.ones((1, 1), dtype=np.float32) for _ in range(shape.layers))
    kept = np.float32(1.0 / (1.0 - dropout))
    drawn = (generator.random((rows, shape.width), dtype=np.float32) for _ in range(shape.layers))
    return tuple((draw >= np.float32(dropout)) * kept for draw in drawn)


def _speeds(network: Network) -> tuple[Singles, Singles]:
    """Return for each weight how fast it learns, and whether it decays, flat."""
    speed, decay = np.ones_like(network.flat), np.zeros_like(network.flat)
    for name in network.weights:
        kind = name if name in _SPEED else name[0]
        network.views(speed)[name][...] = _SPEED[kind][0]
        network.views(decay)[name][...] = float(_SPEED[kind][1])
    return speed, decay
