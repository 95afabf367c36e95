"""The class that is served, by its syntax tree: methods, attributes, bases. Runs none of it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from charter.packaging.doctor.code import Module

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
# Bases that add no method of their own.
_PLAIN_BASES = ("object", "ABC", "abc.ABC", "Generic", "typing.Generic", "Protocol", "Exception")
_SELDON_BASE = "SeldonComponent"
_KEEPS_SIGNATURE = ("staticmethod", "classmethod", "abstractmethod", "abc.abstractmethod")


@dataclass(frozen=True, slots=True)
class MethodCode:
    """Hold one method of the class, or of a base in the same folder.

    Args:
        module: where it is written.
        node: the function.
    """

    module: Module
    node: Function

    @property
    def is_async(self) -> bool:
        """Return whether it is `async def`, and no generator."""
        return isinstance(self.node, ast.AsyncFunctionDef)

    @property
    def is_plain(self) -> bool:
        """Return whether its signature is what is written: no decorator may change it."""
        names = map(ast.unparse, self.node.decorator_list)
        return all(name in _KEEPS_SIGNATURE for name in names)

    @property
    def is_static(self) -> bool:
        """Return whether it takes no `self`."""
        return "staticmethod" in map(ast.unparse, self.node.decorator_list)


@dataclass(frozen=True, slots=True)
class ComponentClass:
    """Hold the class that is served.

    Args:
        module: where it is written.
        node: the class.
        methods: by name, those of bases in the same folder too.
        attributes: what the class sets, by name; `None` where it sets it on `self`.
        is_open: whether it may have more: a base from elsewhere, `__getattr__`, a decorator.
        is_seldon: whether it subclasses `SeldonComponent`.
    """

    module: Module
    node: ast.ClassDef
    methods: Mapping[str, MethodCode]
    attributes: Mapping[str, ast.expr | None]
    is_open: bool = False
    is_seldon: bool = False

    @property
    def name(self) -> str:
        """Return its name."""
        return self.node.name

    def has(self, name: str) -> bool:
        """Return whether there is a method or attribute of this name."""
        return name in self.methods or name in self.attributes


@dataclass(slots=True)
class _Gathered:
    methods: dict[str, MethodCode] = field(default_factory=dict)
    attributes: dict[str, ast.expr | None] = field(default_factory=dict)
    is_open: bool = False
    is_seldon: bool = False


def find(name: str, module: Module, modules: Mapping[str, Module]) -> ComponentClass | None:
    """Return the class of a name in a module; `None` where the module has none.

    Args:
        name: of the class.
        module: where to look; a class that it imports from another file of the folder is found.
        modules: the files of the model by dotted name.
    """
    node, home = _definition(name, module, modules, 0)
    if node is None:
        return None
    gathered = _Gathered()
    _gather(node, home, modules, gathered)
    return ComponentClass(
        home,
        node,
        gathered.methods,
        gathered.attributes,
        gathered.is_open,
        gathered.is_seldon,
    )


def classes(module: Module) -> list[ast.ClassDef]:
    """Return the classes at the top of a module."""
    return [node for node in _top(module) if isinstance(node, ast.ClassDef)]


def defines(name: str, module: Module) -> bool:
    """Return whether a name is set at the top of a module in any way, or may be by `import *`."""
    for node in _top(module):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            return True
        if name in _names_set(node):
            return True
    return False


def _names_set(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names}
    stored = (each for each in ast.walk(node) if isinstance(each, ast.Name))
    return {each.id for each in stored if isinstance(each.ctx, ast.Store)}


def _top(module: Module) -> Iterator[ast.stmt]:
    """Yield the statements at the top of a module, those in `if` and `try` too."""
    queue: list[ast.stmt] = list(module.tree.body) if module.tree else []
    while queue:
        node = queue.pop(0)
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            queue += [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)]
            handlers = getattr(node, "handlers", [])
            queue += [each for handler in handlers for each in handler.body]


def _definition(
    name: str, module: Module, modules: Mapping[str, Module], hops: int
) -> tuple[ast.ClassDef | None, Module]:
    for node in _top(module):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return node, module
    for found in module.imports:
        other = modules.get(found.module)
        if other is not None and name in found.names and hops < len(modules):
            return _definition(name, other, modules, hops + 1)
    return None, module


def _gather(
    node: ast.ClassDef, module: Module, modules: Mapping[str, Module], into: _Gathered
) -> None:
    into.is_open |= bool(node.decorator_list or node.keywords)
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            into.methods.setdefault(statement.name, MethodCode(module, statement))
        for name, value in _assigned(statement):
            into.attributes.setdefault(name, value)
    for name in _set_on_self(node):
        into.attributes.setdefault(name, None)
    into.is_open |= "__getattr__" in into.methods
    for base in node.bases:
        _gather_base(base, module, modules, into)


def _gather_base(
    base: ast.expr, module: Module, modules: Mapping[str, Module], into: _Gathered
) -> None:
    text = ast.unparse(base.value if isinstance(base, ast.Subscript) else base)
    known = module.qualified(base).rpartition(".")[2] or text
    if known == _SELDON_BASE:
        into.is_seldon = True
    elif text not in _PLAIN_BASES and module.qualified(base) not in _PLAIN_BASES:
        found, home = _definition(text.rpartition(".")[2], module, modules, 0)
        if found is None:
            into.is_open = True
        else:
            _gather(found, home, modules, into)


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        yield ast.unparse(statement.target), statement.value


def _set_on_self(node: ast.ClassDef) -> set[str]:
    stored = (each for each in ast.walk(node) if isinstance(each, ast.Attribute))
    return {
        each.attr
        for each in stored
        if isinstance(each.ctx, ast.Store) and ast.unparse(each.value) == "self"
    }


def reached(
    component: ComponentClass, starts: Iterable[str], modules: Mapping[str, Module]
) -> list[MethodCode]:
    """Return some methods and what they call in turn.

    Args:
        component: whose methods.
        starts: the names of the methods; those that it does not have count for nothing.
        modules: the files of the model by dotted name; functions of theirs are followed too.
    """
    queue = [component.methods[name] for name in starts if name in component.methods]
    found: dict[int, MethodCode] = {}
    while queue:
        method = queue.pop(0)
        if id(method.node) not in found:
            found[id(method.node)] = method
            queue += _called(method, component, modules)
    return list(found.values())


def _called(
    method: MethodCode, component: ComponentClass, modules: Mapping[str, Module]
) -> Iterator[MethodCode]:
    for node in ast.walk(method.node):
        if not isinstance(node, ast.Call):
            continue
        owner, _, name = method.module.qualified(node.func).rpartition(".")
        if owner == "self" and name in component.methods and name != "load":
            yield component.methods[name]
        elif owner != "self":
            home = modules.get(owner) if owner else method.module
            yield from _functions(name, home)


def _functions(name: str, module: Module | None) -> Iterator[MethodCode]:
    for node in _top(module) if module else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            assert module is not None
            yield MethodCode(module, node)
