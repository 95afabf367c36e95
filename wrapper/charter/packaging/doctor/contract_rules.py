"""Rules CH5xx: the contract, and the code against it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from charter.contract.model import (
    Contract,
    Dtype,
    Input,
    feature_names,
    target_names,
)
from charter.errors import shown
from charter.methods import CONTRACTED, PREDICT
from charter.packaging.doctor.component_class import ComponentClass, MethodCode
from charter.packaging.doctor.distributions import CHARTER
from charter.packaging.doctor.folder import Folder
from charter.packaging.doctor.model import Found, Level, Look, Rule
from charter.packaging.doctor.names import canonical

FILE = "contract.json"


def _absent(folder: Folder) -> Iterator[Found]:
    path = folder.at_home(FILE)
    if folder.contract is None and not folder.contract_error and not folder.model.error:
        yield Found(path, "no such file")


def _broken(folder: Folder) -> Iterator[Found]:
    if folder.contract_error:
        yield Found(folder.at_home(FILE), folder.contract_error)


def _unlike(attribute: str, part: str, wanted: Callable[[Contract], list[str]]) -> Look:
    """Return what finds names that the class says and that a part of the contract does not."""

    def look(folder: Folder) -> Iterator[Found]:
        found = _said(folder, attribute)
        names = wanted(folder.contract) if folder.contract else []
        if found is None or not names:
            return
        path, line, said = found
        if said != names:
            message = f"{len(said)} {attribute}, {_list(said)}; {len(names)} {part}, {_list(names)}"
            yield Found(path, message, line)

    return look


def _targets(contract: Contract) -> list[str]:
    return target_names(contract.targets)


def _features(contract: Contract) -> list[str]:
    return feature_names(contract.features) if contract.has_rows else []


def _list(values: Sequence[str]) -> str:
    return shown(list(values), 60)


def _said(folder: Folder, name: str) -> tuple[str, int, list[str]] | None:
    """Return the list that an attribute or a method says, where its text is a plain list."""
    component = folder.component
    if component is None:
        return None
    code = component.methods.get(name)
    node: ast.expr | None = component.attributes.get(name)
    module = component.module
    if code is not None:
        module = code.module
        returns = [each for each in ast.walk(code.node) if isinstance(each, ast.Return)]
        node = returns[0].value if len(returns) == 1 else None
    if isinstance(node, ast.Name) and module.tree is not None:
        node = _constant(node.id, module.tree)
    if node is None:
        return None
    said = _literal(node)
    return None if said is None else (module.path, node.lineno, said)


def _constant(name: str, tree: ast.Module) -> ast.expr | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and name in map(ast.unparse, node.targets):
            return node.value
    return None


def _literal(node: ast.expr) -> list[str] | None:
    try:
        said = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    is_list = isinstance(said, list | tuple) and all(isinstance(each, str) for each in said)
    return list(said) if is_list else None


def _columns(folder: Folder) -> Iterator[Found]:
    """Find columns that the code takes by a name that the contract lacks."""
    contract, component = folder.contract, folder.component
    if contract is None or component is None or not contract.has_rows:
        return
    known = set(feature_names(contract.features))
    for code in _contracted(component):
        for name, line in _names_looked_up(code):
            if name not in known:
                message = f"column {name!r}; the contract has {_list(sorted(known))}"
                yield Found(code.module.path, message, line)
        first = _parameter(code, 0)
        if first and (contract.input is Input.DATAFRAME or _is_frame(code)):
            made = _columns_made(code, first)
            for name, line in _columns_read(code, first):
                if name not in known | made:
                    message = f"column {name!r}; the contract has {_list(sorted(known))}"
                    yield Found(code.module.path, message, line)


def _contracted(component: ComponentClass) -> list[MethodCode]:
    found = [component.methods.get(method.name) for method in CONTRACTED]
    return [code for code in found if code is not None]


def _names_looked_up(code: MethodCode) -> Iterator[tuple[str, int]]:
    """Yield the columns that code looks for in its `names`: `list(names).index("age")`."""
    given = _parameter(code, 1)
    owners = (given, f"list({given})")
    for node in ast.walk(code.node):
        match node:
            case ast.Call(ast.Attribute(owner, "index"), [ast.Constant(str(name)), *_]):
                if given and ast.unparse(owner) in owners:
                    yield name, node.lineno


def _parameter(code: MethodCode, position: int) -> str:
    args = [*code.node.args.posonlyargs, *code.node.args.args]
    own = args if code.is_static else args[1:]
    return own[position].arg if len(own) > position else ""


def _is_frame(code: MethodCode) -> bool:
    args = [*code.node.args.posonlyargs, *code.node.args.args]
    own = args if code.is_static else args[1:]
    annotation = own[0].annotation if own else None
    text = ast.unparse(annotation).strip("'\"") if annotation else ""
    return text.rpartition(".")[2] == "DataFrame"


def _subscripts(code: MethodCode, first: str) -> Iterator[tuple[ast.Subscript, list[str]]]:
    for node in ast.walk(code.node):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == first:
            items = node.slice.elts if isinstance(node.slice, ast.List) else [node.slice]
            texts = [each.value for each in items if isinstance(each, ast.Constant)]
            yield node, [text for text in texts if isinstance(text, str)]


def _columns_read(code: MethodCode, first: str) -> Iterator[tuple[str, int]]:
    for node, found in _subscripts(code, first):
        if isinstance(node.ctx, ast.Load):
            yield from ((name, node.lineno) for name in found)


def _columns_made(code: MethodCode, first: str) -> set[str]:
    stored = [found for node, found in _subscripts(code, first) if isinstance(node.ctx, ast.Store)]
    return {name for found in stored for name in found}


def _asked(folder: Folder) -> set[str]:
    return set(folder.installed.closure(folder.asking.requirements))


def _extras(folder: Folder) -> set[str]:
    own = [each for each in folder.asking.requirements if canonical(each.name) == CHARTER]
    return {extra for each in own for extra in each.extras}


def _no_pandas(folder: Folder) -> Iterator[Found]:
    if "pandas" in _asked(folder) or not folder.asking.is_whole:
        return
    if folder.contract is not None and folder.contract.input is Input.DATAFRAME:
        yield Found(folder.at_home(FILE), 'it says "input": "dataframe"')
    for code in _contracted(folder.component) if folder.component else ():
        if _is_frame(code):
            message = f"{code.node.name} asks for a DataFrame"
            yield Found(code.module.path, message, code.node.lineno)


def _no_pillow(folder: Folder) -> Iterator[Found]:
    if folder.contract is None or not _has_images(folder.contract):
        return
    has = "pillow" in _asked(folder) or bool(_extras(folder) & {"image", "all"})
    if not has and folder.asking.is_whole:
        yield Found(folder.at_home(FILE), "it takes images")


def _has_images(contract: Contract) -> bool:
    is_dtype = any(feature.dtype is Dtype.IMAGE for feature in contract.features)
    return contract.image is not None or is_dtype


def _elsewhere(folder: Folder) -> Iterator[Found]:
    if folder.home != folder.root and FILE in folder.files:
        home = folder.at_home(FILE).removesuffix(f"/{FILE}")
        yield Found(FILE, f"the model lies in {home}, so this one is not read")


def _no_targets(folder: Folder) -> Iterator[Found]:
    contract, component = folder.contract, folder.component
    predicts = component is None or component.has(PREDICT.name)
    if contract is not None and not contract.targets and contract.has_rows and predicts:
        yield Found(folder.at_home(FILE), "targets is empty")


RULES = (
    Rule(
        "CH501",
        Level.WARNING,
        "no contract",
        "Without one nothing can be tested, documented or guarded by it.",
        "Write one: `charter contract infer data.csv --target NAME -o contract.json`.",
        _absent,
    ),
    Rule(
        "CH502",
        Level.ERROR,
        "contract that cannot be read",
        "The build ends; a service would be served without it.",
        "Correct the place; docs/contract.md has every key.",
        _broken,
    ),
    Rule(
        "CH503",
        Level.ERROR,
        "class_names are not the targets",
        "Replies carry the names of the class, and the tester expects those of the contract.",
        "Make both lists the same, in the same order; `repeat` gives name:0, name:1 and so on.",
        _unlike("class_names", "targets", _targets),
    ),
    Rule(
        "CH504",
        Level.WARNING,
        "feature_names are not the features",
        "Callers who read the one send other columns than those who read the other.",
        "Make both lists the same, in the same order.",
        _unlike("feature_names", "features", _features),
    ),
    Rule(
        "CH505",
        Level.ERROR,
        "column that the contract does not have",
        "A request by the contract has no such column, so that the model fails.",
        "Add the feature to the contract, or correct the name.",
        _columns,
    ),
    Rule(
        "CH506",
        Level.ERROR,
        "DataFrame without pandas",
        "Charter makes the DataFrame with pandas, which it does not bring.",
        "Add pandas to requirements.txt.",
        _no_pandas,
    ),
    Rule(
        "CH507",
        Level.ERROR,
        "images without pillow",
        "Charter reads PNG and JPEG with pillow, which it does not bring.",
        "Add pillow to requirements.txt.",
        _no_pillow,
    ),
    Rule(
        "CH508",
        Level.WARNING,
        "contract in another folder than the model",
        "Only the contract beside the model is read.",
        "Move it beside the model's file.",
        _elsewhere,
    ),
    Rule(
        "CH509",
        Level.NOTE,
        "contract without targets",
        "It promises nothing of the answers, so the tester cannot check them.",
        "Describe each column of the answer under targets.",
        _no_targets,
    ),
)
