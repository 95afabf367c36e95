"""A function's signature as its text says, held to the adapter's own rules. Runs no user code."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from charter.component.arguments import arguments
from charter.errors import StartError
from charter.methods import METADATA, METHODS, Method, Takes
from charter.packaging.doctor.component_class import ComponentClass, MethodCode

ASKED_WITH_NOTHING = ("load", "class_names", "tags", "metrics", "feature_names")
NEVER_AWAITED = ("class_names", "tags", "metrics", METADATA.name)
"""What `component` refuses as `async def`: nobody waits for it."""


def breach(method: Method, code: MethodCode, name: str) -> str:
    """Return why a method cannot be called with what it would be given; "" where it can.

    Args:
        method: which one it is.
        code: the user's function.
        name: its name in the class: the method's own, or the one of a form of it.
    """
    stand_in = signature(code)
    if stand_in is None:
        return ""
    takes = method.takes if name == method.name else Takes.MESSAGE
    if method.takes is Takes.NOTHING or name != method.name:
        return _of_count(code, name, 0 if method.takes is Takes.NOTHING else 1)
    try:
        arguments(stand_in, name, takes)
    except StartError as error:
        return error.message
    return ""


def of_nothing(code: MethodCode, name: str) -> str:
    """Return why a method cannot be called without arguments; "" where it can."""
    return _of_count(code, name, 0)


def _of_count(code: MethodCode, name: str, count: int) -> str:
    required, most = required_names(code), _most(code)
    if len(required) > count:
        wanted = ", ".join(required)
        return f"{name} wants {wanted}: it is called with {_words(count)}"
    return f"{name} takes nothing: it is called with {_words(count)}" if most < count else ""


def _words(count: int) -> str:
    return "the message alone" if count else "nothing"


def required_names(code: MethodCode) -> list[str]:
    """Return the parameters that must be given, without `self`."""
    args = code.node.args
    positional = [*args.posonlyargs, *args.args]
    without = positional[: len(positional) - len(args.defaults)]
    own = without if code.is_static else without[1:]
    keywords = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    return [each.arg for each in own] + [each.arg for each, value in keywords if value is None]


def parameter_names(code: MethodCode) -> list[str] | None:
    """Return all parameters that may be given by name; `None` where any may be."""
    args = code.node.args
    if args.kwarg is not None:
        return None
    positional = args.args if code.is_static or args.posonlyargs else args.args[1:]
    return [each.arg for each in (*positional, *args.kwonlyargs)]


def _most(code: MethodCode) -> float:
    args = code.node.args
    count = len(args.posonlyargs) + len(args.args) - (0 if code.is_static else 1)
    return float("inf") if args.vararg else count


def signature(code: MethodCode) -> Callable[..., Any] | None:
    """Return a function of the same signature that does nothing; `None` where it has no `self`.

    Annotations are left out and defaults are stand-ins, so nothing that the user wrote is run.
    """
    args = code.node.args
    positional = [*args.posonlyargs, *args.args]
    if not code.is_static and not positional and args.vararg is None:
        return None
    bare = ast.arguments(
        posonlyargs=[_bare(each) for each in args.posonlyargs],
        args=[_bare(each) for each in args.args],
        vararg=_bare(args.vararg) if args.vararg else None,
        kwonlyargs=[_bare(each) for each in args.kwonlyargs],
        kw_defaults=[_default(each) if each else None for each in args.kw_defaults],
        kwarg=_bare(args.kwarg) if args.kwarg else None,
        defaults=[_default(each) for each in args.defaults],
    )
    made = ast.Expression(ast.Lambda(bare, ast.Constant(None)))
    function: Callable[..., Any] = eval(compile(ast.fix_missing_locations(made), "", "eval"))  # noqa: S307 - names and constants of ours
    return function if code.is_static else function.__get__(object())


def _bare(arg: ast.arg) -> ast.arg:
    return ast.arg(arg.arg)


def _default(node: ast.expr) -> ast.Constant:
    """Return a default that says as much as the rules read: that it is `None`, or something."""
    is_none = isinstance(node, ast.Constant) and node.value is None
    return ast.Constant(None if is_none else ...)


def served(component: ComponentClass) -> list[tuple[Method, str]]:
    """Return the methods that a class has, each with the name that it has there."""
    return [
        (method, name)
        for method in METHODS
        for name in (method.name, method.raw, method.rest, method.grpc)
        if name and component.has(name)
    ]
