"""The declaration of a CARE function: one decorator; everything else is derived from it."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import keyword
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from carecost.functions.evaluate import evaluate
from carecost.functions.parameter import Parameter

Code = str
LONGEST_SUMMARY = 255


class Rule(NamedTuple):
    """A condition between parameters under which a cell has no answer.

    ``breaks`` takes parameters by name and is true where the rule is broken. Rules are tried in order,
    after every parameter has been checked on its own, so a rule sees only numbers inside their limits.
    """

    code: Code
    message: str
    breaks: Callable[..., Any]


class Example(NamedTuple):
    """A formula as typed in a cell, and its result: a number, a text, or rows of them."""

    formula: str
    result: Any


@dataclass(frozen=True)
class Function:
    """One function of the catalogue. Calling it computes; ``parameters`` and the rest describe it."""

    name: str
    area: str
    summary: str
    returns: str
    parameters: Mapping[str, Parameter]
    body: Callable[..., Any]
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...]
    spills: bool
    missing: tuple[Code, str]
    no_formula: str

    @property
    def __signature__(self) -> inspect.Signature:
        """What editors complete and hosts expose."""
        return inspect.Signature(
            [
                inspect.Parameter(
                    f"{name}_" if keyword.iskeyword(name) else name,
                    inspect.Parameter.POSITIONAL_OR_KEYWORD,
                    default=inspect.Parameter.empty if parameter.required else None,
                )
                for name, parameter in self.parameters.items()
            ]
        )

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Compute: a scalar for scalars (errors are raised), an array where any argument is a range."""
        return evaluate(self, args, named)

    def __repr__(self) -> str:
        return f"<{self.name}{self.__signature__}>"


REGISTRY: dict[str, Function] = {}


def care(
    name: str,
    *,
    area: str,
    summary: str,
    returns: str,
    examples: Sequence[tuple[str, Any]],
    rules: Sequence[Rule] = (),
    spills: bool = False,
    missing: tuple[Code, str] = ("#NUM!", "there is no finite answer"),
    no_formula: str = "",
) -> Callable[[Callable[..., Any]], Function]:
    """Declare a function of the catalogue. Its parameters are the defaults of the decorated function.

    ``spills``: the answer is a block, and no argument broadcasts. ``missing`` is what a NaN in the answer
    means. ``no_formula`` says why the function has no closed form in cells, for those few that have none.
    """
    if len(summary) > LONGEST_SUMMARY:
        raise ValueError(f"{name}: the summary is longer than {LONGEST_SUMMARY} characters")

    def declare(body: Callable[..., Any]) -> Function:
        parameters = {
            key.removesuffix("_"): _named(key.removesuffix("_"), found.default)
            for key, found in inspect.signature(body).parameters.items()
        }
        function = Function(
            name, area, summary, returns, MappingProxyType(parameters), _by_argument_name(body), tuple(rules),
            tuple(Example(*example) for example in examples), spills, missing, no_formula,
        )  # fmt: skip
        if name in REGISTRY:
            raise ValueError(f"{name} is declared twice")
        REGISTRY[name] = function
        return function

    return declare


def _by_argument_name(body: Callable[..., Any]) -> Callable[..., Any]:
    """The code, called by the names of the contract: its ``lambda_`` is the argument ``lambda``."""
    own = {key.removesuffix("_"): key for key in inspect.signature(body).parameters if key.endswith("_")}
    if not own:
        return body

    @functools.wraps(body)
    def renamed(**values: Any) -> Any:
        return body(**{own.get(name, name): value for name, value in values.items()})

    return renamed


def _named(name: str, parameter: Any) -> Parameter:
    if not isinstance(parameter, Parameter):
        raise TypeError(f"parameter {name} has no declaration")
    return dataclasses.replace(parameter, name=name)
