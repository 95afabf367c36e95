"""A Python file as its syntax tree: what it imports and calls, by which name. Runs none of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Import:
    """Hold one import.

    Args:
        module: the dotted name; a relative one is already made absolute.
        line: where it stands.
        names: what is taken from it; empty for a plain `import`.
        is_optional: whether the code goes on without it: in a `try` that catches `ImportError`,
            for type checkers only, or where the file is run as a script.
        dots: how many dots a relative import has; 0 for an absolute one.
    """

    module: str
    line: int
    names: tuple[str, ...] = ()
    is_optional: bool = False
    dots: int = 0


@dataclass(frozen=True, slots=True)
class Module:
    """Hold one Python file.

    Args:
        path: relative to the folder that is checked.
        name: dotted, as seen from the folder of the model.
        text: the source.
        tree: `None` where it is not Python.
        error: why it is not; `None` where it is.
        imports: all of them.
        aliases: what names in it stand for: `np` for `numpy`, `load` for `joblib.load`.
    """

    path: str
    name: str
    text: str
    tree: ast.Module | None = None
    error: SyntaxError | None = None
    imports: tuple[Import, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def package(self) -> str:
        """Return the package that relative imports start from; "" where it is in none."""
        return self.name if self.path.endswith("__init__.py") else self.name.rpartition(".")[0]

    def qualified(self, node: ast.expr) -> str:
        """Return what a name or attribute stands for, such as `torch.load`; "" for other things."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self.aliases.get(node.id, node.id), *reversed(parts)])


def parse(path: str, name: str, text: str) -> Module:
    """Return a Python file; one that is not Python has an error in place of a tree."""
    try:
        tree = ast.parse(text, path)
    except SyntaxError as error:
        return Module(path, name, text, error=error)
    except (ValueError, RecursionError) as error:  # a null byte, or too deep
        return Module(path, name, text, error=SyntaxError(str(error)))
    is_package = path.endswith("__init__.py")
    imports = tuple(_imports(tree, name, is_package=is_package))
    return Module(path, name, text, tree, None, imports, _aliases(tree))


def _imports(tree: ast.Module, name: str, *, is_package: bool) -> Iterator[Import]:
    package = name if is_package else name.rpartition(".")[0]
    for node, is_optional in _walk(tree, is_optional=False):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, is_optional=is_optional)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            module = _absolute(node, package)
            yield Import(module, node.lineno, names, is_optional, node.level)


def _walk(node: ast.AST, *, is_optional: bool) -> Iterator[tuple[ast.AST, bool]]:
    yield node, is_optional
    if isinstance(node, ast.Try):
        body = is_optional or any(_catches_import(each) for each in node.handlers)
        for child in node.body:
            yield from _walk(child, is_optional=body)
        for rest in (*node.handlers, *node.orelse, *node.finalbody):
            yield from _walk(rest, is_optional=is_optional or body)
        return
    if isinstance(node, ast.If) and _is_aside(node.test):
        for child in node.body:
            yield from _walk(child, is_optional=True)
        for child in node.orelse:
            yield from _walk(child, is_optional=is_optional)
        return
    for inner in ast.iter_child_nodes(node):
        yield from _walk(inner, is_optional=is_optional)


def _catches_import(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = {ast.unparse(node) for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(caught & {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def _is_aside(test: ast.expr) -> bool:
    """Return whether a condition is for type checkers or scripts, and never holds in a service."""
    text = ast.unparse(test)
    return text in ("TYPE_CHECKING", "typing.TYPE_CHECKING") or "__main__" in text


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    parts = parts[: len(parts) - (node.level - 1)]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _aliases(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes that run at import: no bodies of functions, no part for scripts."""
    queue: list[ast.AST] = [*tree.body]
    while queue:
        node = queue.pop(0)
        if isinstance(node, ast.If) and _is_aside(node.test):
            queue += node.orelse
            continue
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            queue += getattr(node, "decorator_list", [])
            continue
        queue += ast.iter_child_nodes(node)


def calls(nodes: Iterator[ast.AST]) -> list[ast.Call]:
    """Return the calls among some nodes."""
    return [node for node in nodes if isinstance(node, ast.Call)]
