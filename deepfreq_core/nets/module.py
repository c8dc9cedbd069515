"""Any `torch.nn.Module` seen as a network: hidden outputs by forward hooks on named submodules."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from deepfreq_core.errors import ConfigError, ShapeError
from deepfreq_core.nets.base import Network

_MOST_NAMED = 20


@contextmanager
def undisturbed(module: nn.Module) -> Generator[None]:
    """Leave the modes of all parts of a module, and torch's random generators, as they were."""
    modes = [(one, one.training) for one in module.modules()]
    devices = {p.device.index for p in module.parameters() if p.device.type == "cuda"}
    try:
        with torch.random.fork_rng([index for index in devices if index is not None]):
            yield
    finally:
        for one, mode in modes:
            one.training = mode


class ModuleNetwork(Network):
    """A module that somebody else wrote and trains.

    Hooks are there during a pass only. Which layers there are, and in which order they are called,
    is found out by one pass.

    Args:
        module: It takes samples of the shape of `x`.
        x: A few samples, (n, …), in the module's own shape.
        layers: Names of submodules whose outputs are the hidden layers; None for every activation
            (tanh, ReLU, …) that is a submodule.

    Raises:
        ConfigError: A name is no submodule, is not called, or is called more than once; or there
            is no activation.
    """

    def __init__(self, module: nn.Module, x: Tensor, layers: Sequence[str] | None = None) -> None:
        super().__init__()
        self.module = module
        self._shape = tuple(x.shape[1:])
        self._dtype = next((p.dtype for p in module.parameters()), x.dtype)
        known = {name: one for name, one in module.named_modules() if name}
        wanted = _activations(known) if layers is None else list(layers)
        for name in wanted:
            if name not in known:
                raise ConfigError(
                    f"layers has {name!r}, which is no submodule. There are: {_listed(known)}"
                )
        leaves = {name: one for name, one in known.items() if not list(one.children())}
        calls = self._calls({**leaves, **{name: known[name] for name in wanted}}, x)
        if layers is None and calls and calls[-1] in wanted:  # what it gives is the output
            wanted.remove(calls[-1])
        for name in wanted:
            if calls.count(name) != 1:
                raise ConfigError(
                    f"layers has {name!r}, which is called {calls.count(name)} times in a pass. "
                    "Name another submodule, or give each place one of its own"
                )
        self.layer_names = tuple(name for name in calls if name in wanted)
        self._cuts = {name: known[name] for name in self.layer_names}
        self._groups = self._grouped(calls, leaves)

    def forward_layers(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Hidden outputs, each (n, width), and the output, (n, c), for flattened samples x."""
        found: dict[str, Tensor] = {}
        # As it is now: what comes behind it may work in place.
        keep = lambda name, output: found.update({name: _flat(output, name, len(x)).clone()})  # noqa: E731
        with self._hooked(self._cuts, keep):
            output = self.module(x.reshape(-1, *self._shape).to(self._dtype))
        return [found[name] for name in self.layer_names], _flat(output, "the module", len(x))

    def layer_weights(self) -> Sequence[Sequence[Tensor]]:
        """Weights (two dims and more) of what is called up to each layer, then of the rest."""
        return self._groups

    def precondition_parameters(self, layer: int) -> list[nn.Parameter]:
        """All parameters of what is called up to that layer that have weights.

        Raises:
            NotImplementedError: Always: who trains a module decides what is frozen in it.
        """
        raise NotImplementedError("a module that is only watched cannot be frozen")

    def _calls(self, modules: Mapping[str, nn.Module], x: Tensor) -> list[str]:
        """Names in the order in which the modules give their outputs."""
        calls: list[str] = []
        with (
            undisturbed(self.module),
            torch.no_grad(),
            self._hooked(modules, lambda name, _: calls.append(name)),
        ):
            self.module.eval()(x.to(self._dtype))
        return calls

    def _grouped(self, calls: Sequence[str], leaves: Mapping[str, nn.Module]) -> list[list[Tensor]]:
        groups: list[list[Tensor]] = [[]]
        seen: set[int] = set()
        for name in calls:
            own = leaves[name].parameters(recurse=False) if name in leaves else ()
            for weight in own:
                if weight.dim() >= 2 and weight.requires_grad and id(weight) not in seen:
                    seen.add(id(weight))
                    groups[-1].append(weight)
            if name in self._cuts:
                groups.append([])
        return groups

    @contextmanager
    def _hooked(self, modules: Mapping[str, nn.Module], tell: Any) -> Generator[None]:
        with ExitStack() as hooks:
            for name, one in modules.items():

                def hook(_: nn.Module, __: Any, output: Any, name: str = name) -> None:
                    tell(name, output)

                hooks.callback(one.register_forward_hook(hook).remove)
            yield


def _activations(known: Mapping[str, nn.Module]) -> list[str]:
    found = [
        name
        for name, one in known.items()
        if type(one).__module__ == nn.Tanh.__module__ and not isinstance(one, nn.MultiheadAttention)
    ]
    if not found:
        raise ConfigError(
            "the module has no submodule that is an activation, so layers must be given: names of "
            f"submodules. There are: {_listed(known)}"
        )
    return found


def _listed(known: Mapping[str, nn.Module]) -> str:
    names = list(known)[:_MOST_NAMED]
    return ", ".join(names or ["none"]) + (", …" if len(known) > _MOST_NAMED else "")


def _flat(output: Any, name: str, n: int) -> Tensor:
    """An output as (n, width), float32.

    Raises:
        ShapeError: It is no tensor of n rows.
    """
    if not isinstance(output, Tensor) or output.dim() == 0 or len(output) != n:
        got = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
        raise ShapeError(
            f"the output of {name} is {got} for {n} samples. A layer gives a tensor with one row a "
            "sample; name other layers"
        )
    return output.reshape(n, -1).float()
