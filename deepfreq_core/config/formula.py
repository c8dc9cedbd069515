"""A function of x written by a person: parsed, checked, and never handed to an interpreter.

Only what is listed here is understood; all numbers are float64, so no expression grows beyond its
length.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.errors import quoted

Float64: TypeAlias = NDArray[np.float64]

_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.Mod: np.mod,
}
_SIGNS: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    name: getattr(np, name)
    for name in (
        *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"),
        *("exp", "log", "sqrt", "abs", "sign", "floor", "ceil", "round", "sinc"),
    )
}
_NUMBERS: Mapping[str, float] = {"pi": np.pi, "e": np.e}
_VARIABLE = "x"
_DEEPEST = 120  # a sum of as many terms as a formula has room for nests that deep


class Formula:
    """An expression of x, ready to be computed.

    Args:
        text: For example "sin(x) + 0.5*sin(3*x)"; ^ is taken for **.

    Raises:
        ValueError: The text is no expression of x; the message says what is allowed.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        try:
            self._root = ast.parse(text.strip().replace("^", "**"), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self._error("it cannot be read") from None
        self._check(self._root, 0)

    def __call__(self, x: Float64) -> Float64:
        """The formula at every x.

        Returns:
            Of the same shape, float64; NaN and infinity where it is not defined.
        """
        with np.errstate(all="ignore"):
            found = self._value(self._root, x)
        return np.broadcast_to(np.asarray(found, dtype=np.float64), x.shape).copy()

    def _check(self, node: ast.AST, depth: int) -> None:
        if depth > _DEEPEST:
            raise self._error("it is nested too deeply")
        match node:
            case ast.Constant(value=bool() as value):
                raise self._error(f"{value} is no number")
            case ast.Constant(value=int() | float() as number):
                try:
                    float(number)
                except OverflowError:
                    raise self._error("a number in it is too large") from None
                return
            case ast.Name(id=name):
                if name != _VARIABLE and name not in _NUMBERS:
                    raise self._error(f"{quoted(name)} is not known")
                return
            case ast.BinOp(op=op, left=left, right=right) if type(op) in _OPERATORS:
                parts = [left, right]
            case ast.UnaryOp(op=op, operand=operand) if type(op) in _SIGNS:
                parts = [operand]
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
                if name not in _FUNCTIONS:
                    raise self._error(f"there is no function {quoted(name)}")
                parts = [argument]
            case _:
                raise self._error(f"{type(node).__name__} is not allowed in it")
        for part in parts:
            self._check(part, depth + 1)

    def _value(self, node: ast.AST, x: Float64) -> Any:
        match node:
            case ast.Constant(value=int() | float() as number):
                return np.float64(number)
            case ast.Name(id=name):
                return x if name == _VARIABLE else np.float64(_NUMBERS[name])
            case ast.BinOp(op=op, left=left, right=right):
                return _OPERATORS[type(op)](self._value(left, x), self._value(right, x))
            case ast.UnaryOp(op=op, operand=operand):
                return _SIGNS[type(op)](self._value(operand, x))
            case ast.Call(func=ast.Name(id=name), args=[argument]):
                return _FUNCTIONS[name](self._value(argument, x))
        raise AssertionError(node)  # `_check` lets nothing else through

    def _error(self, reason: str) -> ValueError:
        return ValueError(
            f"formula is {quoted(self._text)}: {reason}. Write an expression of "
            f"{_VARIABLE} with numbers, + - * / **, {', '.join(_NUMBERS)} and "
            f"{', '.join(_FUNCTIONS)}, for example sin(x) + 0.5*sin(3*x)"
        )
