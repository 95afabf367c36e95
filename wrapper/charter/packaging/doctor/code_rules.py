"""Rules CH401 to CH409: the class and its methods, by the rules of the adapter that calls them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from charter.methods import (
    AGGREGATE,
    METADATA,
    PREDICT,
    ROUTE,
    TRANSFORM_INPUT,
    TRANSFORM_OUTPUT,
    Method,
)
from charter.packaging.doctor import signatures
from charter.packaging.doctor.component_class import ComponentClass, MethodCode
from charter.packaging.doctor.environment_rules import parameters
from charter.packaging.doctor.folder import Folder
from charter.packaging.doctor.model import Found, Level, Rule

_NEEDED = {
    "MODEL": (PREDICT,),
    "ROUTER": (ROUTE,),
    "COMBINER": (AGGREGATE,),
    "TRANSFORMER": (TRANSFORM_INPUT, TRANSFORM_OUTPUT),
    "OUTLIER_DETECTOR": (TRANSFORM_INPUT, PREDICT),
}


def _found(component: ComponentClass, message: str, node: ast.AST | None = None) -> Found:
    where = node or component.node
    return Found(component.module.path, message, getattr(where, "lineno", 0))


def _at(code: MethodCode, message: str, fix: str = "") -> Found:
    return Found(code.module.path, message, code.node.lineno, fix)


def _no_method(folder: Folder) -> Iterator[Found]:
    component = folder.component
    if component is None or component.is_open or component.is_seldon:
        return
    if not [name for method, name in signatures.served(component) if method is not METADATA]:
        has = ", ".join(name for name in component.methods if not name.startswith("_")) or "none"
        yield _found(component, f"{component.name} has no predict; its methods: {has}")


def _not_of_type(folder: Folder) -> Iterator[Found]:
    component = folder.component
    kind = folder.variables.get("SERVICE_TYPE") or "MODEL"
    needed = _NEEDED.get(kind)
    if component is None or component.is_open or needed is None:
        return
    has = {method for method, _ in signatures.served(component)} - {METADATA}
    if has and not has & set(needed):
        told = ", ".join(sorted(method.name for method in has))
        likely = next((each for each, methods in _NEEDED.items() if has & set(methods)), "")
        fix = f"Write SERVICE_TYPE={likely} into .s2i/environment." if likely else ""
        message = f"SERVICE_TYPE {kind} is asked to {needed[0].name}, and the class has {told}"
        found = _found(component, message)
        yield Found(found.path, found.message, found.line, fix)


def _signatures(folder: Folder) -> Iterator[Found]:
    component = folder.component
    if component is None:
        return
    for method, name in signatures.served(component):
        code = component.methods.get(name)
        if code is not None and code.is_plain:
            yield from _breach(method, code, name)
    for name in signatures.ASKED_WITH_NOTHING:
        code = component.methods.get(name)
        if code is not None and code.is_plain and signatures.of_nothing(code, name):
            yield _at(code, signatures.of_nothing(code, name), f"Write def {name}(self).")


def _breach(method: Method, code: MethodCode, name: str) -> Iterator[Found]:
    if not code.is_static and not (code.node.args.posonlyargs or code.node.args.args):
        if code.node.args.vararg is None:
            yield _at(code, f"{name}: self is missing", f"Write def {name}(self, …).")
        return
    message = signatures.breach(method, code, name)
    if message:
        yield _at(code, message)


def _async(folder: Folder) -> Iterator[Found]:
    component = folder.component
    for name in signatures.NEVER_AWAITED if component else ():
        code = component.methods.get(name) if component else None
        if code is not None and code.is_async:
            yield _at(code, f"{name} is async def", f"Write def {name}, without async.")


def _blocking(folder: Folder) -> Iterator[Found]:
    """Find what blocks the event loop inside a method that is `async`."""
    component = folder.component
    for code in component.methods.values() if component else ():
        if not code.is_async:
            continue
        for node in ast.walk(code.node):
            if isinstance(node, ast.Call) and code.module.qualified(node.func) in _BLOCKING:
                name = code.module.qualified(node.func)
                yield Found(code.module.path, f"{name} in async {code.node.name}", node.lineno)


_BLOCKING = frozenset(
    {
        *("time.sleep", "requests.get", "requests.post", "requests.request"),
        *("urllib.request.urlopen", "subprocess.run", "subprocess.check_output"),
    }
)


def _deprecated(folder: Folder) -> Iterator[Found]:
    component = folder.component
    for method, name in signatures.served(component) if component else ():
        code = component.methods.get(name) if component else None
        if code is not None and name in (method.rest, method.grpc):
            fix = f"Rename it {method.raw}, which both transports call."
            yield _at(code, f"{name} is called over {_WIRES[name == method.grpc]} only", fix)


_WIRES = {True: "gRPC", False: "REST"}


def _raw(folder: Folder) -> Iterator[Found]:
    component = folder.component
    code = component.methods.get(PREDICT.raw) if component else None
    if code is not None:
        yield _at(code, f"{PREDICT.raw} gets the message itself: JSON or protobuf")


def _needs_parameters(folder: Folder) -> Iterator[Found]:
    code = _init(folder)
    if code is None or not code.is_plain:
        return
    given = parameters(folder) or {}
    needed = [name for name in signatures.required_names(code) if name not in given]
    if needed:
        yield _at(code, f"__init__ wants {', '.join(needed)}, which nothing gives")


def _unknown_parameters(folder: Folder) -> Iterator[Found]:
    given, code = parameters(folder), _init(folder)
    if not given or folder.component is None or (code is None and folder.component.is_open):
        return
    known = signatures.parameter_names(code) if code else []
    unknown = [name for name in given if known is not None and name not in known]
    if unknown:
        takes = ", ".join(known or []) or "none"
        message = f"PREDICTIVE_UNIT_PARAMETERS gives {', '.join(unknown)}; __init__ takes {takes}"
        file = folder.environments[0]
        yield Found(file.path, message, file.line_of("PREDICTIVE_UNIT_PARAMETERS"))


def _init(folder: Folder) -> MethodCode | None:
    return folder.component.methods.get("__init__") if folder.component else None


RULES = (
    Rule(
        "CH401",
        Level.ERROR,
        "class has no method that can be served",
        "A component needs predict or one of its kin; this one would only hand on what it gets.",
        "Write def predict(self, X, names) that returns an array with a row for each row of X.",
        _no_method,
    ),
    Rule(
        "CH402",
        Level.WARNING,
        "class is of another SERVICE_TYPE",
        "The graph calls the method of the type, which the class does not have.",
        "Write the SERVICE_TYPE that fits, or add the method.",
        _not_of_type,
    ),
    Rule(
        "CH403",
        Level.ERROR,
        "method takes other arguments than it is given",
        "Charter refuses it at the start, since each request would fail.",
        "Write the parameters that are expected.",
        _signatures,
    ),
    Rule(
        "CH404",
        Level.ERROR,
        "async where nobody waits",
        "Charter asks it in the middle of a reply, and refuses it at the start.",
        "Write def without async.",
        _async,
    ),
    Rule(
        "CH405",
        Level.WARNING,
        "async method that blocks",
        "It runs on the event loop, so health checks and all other requests wait too.",
        "Write def without async, or use a library that awaits, such as httpx.AsyncClient.",
        _blocking,
    ),
    Rule(
        "CH406",
        Level.WARNING,
        "deprecated method",
        "predict_rest, predict_grpc and their kin are called for one transport only.",
        "Rename it to the _raw form.",
        _deprecated,
    ),
    Rule(
        "CH407",
        Level.NOTE,
        "messages as they come",
        "It has to read JSON and protobuf itself, and columns are not put in order for it.",
        "Use predict(self, X, names, meta) where that is enough.",
        _raw,
    ),
    Rule(
        "CH408",
        Level.WARNING,
        "constructor wants parameters",
        "The image starts only where the graph gives them; docker run alone will not do.",
        "Give each a default, or write PREDICTIVE_UNIT_PARAMETERS into .s2i/environment.",
        _needs_parameters,
    ),
    Rule(
        "CH409",
        Level.ERROR,
        "unknown parameters",
        "The class cannot be made with a parameter that its __init__ does not take.",
        "Take it out of PREDICTIVE_UNIT_PARAMETERS, or add it to __init__.",
        _unknown_parameters,
    ),
)
