"""A second device where there is none: CPU tensors that may not meet those of the CPU.

Every call of torch is watched. A tensor sent to ``cuda`` is marked, so is what is computed from it;
a call that gets marked and unmarked tensors fails as it would on a GPU. What torch calls inside its
own functions is not seen.
"""

from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

GPU = torch.device("cuda")
MARK = "_on_the_second_device"
# Their result is where their first argument is: an index may lie on the CPU, a source anywhere.
TAKES_BOTH = {
    *("__getitem__", "__setitem__", "__set__", "copy_"),
    "_has_compatible_shallow_copy_type",
}


def is_marked(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and getattr(value, MARK, False)


def marked(value: Any, on: bool) -> Any:
    """The same tensor as one of the second device, or of the first."""
    if not isinstance(value, torch.Tensor) or is_marked(value) == on:
        return value
    setattr(value, MARK, on)
    return value


class SecondDevice(TorchFunctionMode):
    """While it is entered, ``cuda`` is the second device."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name, tensors = func.__name__, tree_leaves((args, kwargs))
        owner = getattr(func, "__self__", None)
        asked = [leaf for leaf in tensors if isinstance(leaf, torch.device | str)]
        devices = [torch.device(leaf) for leaf in asked if str(leaf).startswith(("cpu", "cuda"))]
        tensors = [leaf for leaf in tensors if isinstance(leaf, torch.Tensor)]
        on = [t for t in tensors if is_marked(t)]
        if name == "__get__" and owner is torch.Tensor.device:
            return GPU if on else func(*args, **kwargs)
        if name != "_parse_to" and (devices or name == "cpu"):
            on_gpu = bool(devices) and devices[0].type == "cuda"
            args, kwargs = tree_map(_to_cpu, (args, kwargs))
            result = func(*args, **kwargs)
            if any(result is t and is_marked(t) != on_gpu for t in tensors):
                result = result.view_as(result)  # a copy in all but its memory
            return tree_map(lambda leaf: marked(leaf, on_gpu), result)
        if name in TAKES_BOTH:
            on = [t for t in args[:1] if is_marked(t)]
        elif on:
            off = [t for t in tensors if not is_marked(t) and t.dim()]
            assert not off, f"{name} of tensors on two devices: {[tuple(t.shape) for t in tensors]}"
        result = func(*args, **kwargs)
        if name == "__set__" and owner is torch.Tensor.data:
            setattr(args[0], MARK, is_marked(args[1]))
        return tree_map(lambda leaf: marked(leaf, True), result) if on else result


def _to_cpu(leaf: Any) -> Any:
    is_gpu = isinstance(leaf, torch.device | str) and str(leaf).startswith("cuda")
    return torch.device("cpu") if is_gpu else leaf
