"""A contract out of its file."""

from __future__ import annotations

import json
from pathlib import Path

from charter.contract.model import Contract
from charter.contract.parse import parse
from charter.errors import StartError


def read_contract(path: Path) -> Contract:
    """Return the contract in a JSON file.

    Raises:
        StartError: it cannot be read, or is no contract; the message names the file and the place.
    """
    try:
        return parse(json.loads(path.read_text("utf-8-sig")))
    except OSError as error:
        raise StartError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise StartError(f"{path}: {place}: not JSON: {error.msg.lower()}") from error
    except UnicodeDecodeError as error:
        raise StartError(f"{path}: not UTF-8 text: {error.reason}") from error
    except (ValueError, RecursionError) as error:  # a number of 4300 digits, lists 1000 deep
        raise StartError(f"{path}: not JSON that is read: {str(error).lower()}") from error
    except StartError as error:
        raise StartError(f"{path}: {error.message}") from error
