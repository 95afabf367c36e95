"""Is a model's module there, and its class? No object is made of it."""

from __future__ import annotations

from pathlib import Path

from charter.component import loader
from charter.errors import StartError
from charter.logs import user_traceback
from charter.runtimes.script.commands import command
from charter.settings import variable


def look(model: str, folder: Path) -> str:
    """Import the model's module, and return in words what was found.

    Args:
        model: as for `charter serve`.
        folder: where to look.

    Raises:
        StartError: it cannot be served; the message names the remedy.
    """
    source = loader.find(model, folder)
    if source.script is not None:
        command(source.script, variable("PATH", str))
        return str(source.script)
    try:
        loader.load_target(source)
    except StartError as error:
        raise StartError(f"MODEL_NAME: {error.message}") from error
    except SyntaxError as error:
        place = f"{Path(error.filename or source.module).name}:{error.lineno}"
        raise StartError(f"{place}: {error.msg}: {(error.text or '').strip()!r}") from error
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        raise StartError(
            f"{source.module} imports {package!r}, which is not installed: "
            f"add the package that has it to requirements.txt"
        ) from error
    except BaseException as error:
        told = user_traceback(error)
        raise StartError(
            f"{told}\n{source.module} could not be imported; with CHARTER_IMPORT_AT_BUILD=0 in "
            f".s2i/environment an image is built without trying"
        ) from error
    return f"{source.module}:{source.name}"
