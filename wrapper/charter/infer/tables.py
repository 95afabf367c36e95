"""Tables out of files, by pandas: which files, and what is wrong with one that cannot be read."""

from __future__ import annotations

import codecs
import datetime
import decimal
import gzip
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from charter.contract.drift import Column
from charter.contract.values import moment
from charter.errors import StartError

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

_MISSING = "reading tables needs pandas: pip install 'charter[pandas]'"
_NO_PARQUET = "reading Parquet needs pyarrow: pip install 'charter[parquet]'"
_SUFFIXES = (".csv", ".csv.gz", ".tsv", ".parquet")
# A zero in front, as of a post code, is lost in a number.
_CODE = r"^\s*[+-]?0\d"
_FLOAT_SIGNS = r"[.,eE]"
# Spreadsheets write UTF-16 as “Unicode text”, and semicolons where numbers have decimal commas.
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SEPARATORS = ",;\t|"
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_DECIMAL_COMMA = re.compile(r"(?:^|[;\t|])\s*[+-]?\d+,\d+\s*(?=[;\t|]|$)", re.MULTILINE)
_HEAD_BYTES = 65_536


def is_table(path: Path) -> bool:
    """Return whether a file is a table, by its name."""
    return path.name.lower().endswith(_SUFFIXES)


def read(path: Path, texts: Collection[str] = ()) -> pd.DataFrame:
    """Return the table in a CSV, TSV or Parquet file; it has a row at least, names that differ.

    Args:
        path: the file.
        texts: columns of a CSV or TSV file that are text, whatever it looks like.

    Raises:
        StartError: it cannot be read, or pandas or pyarrow is missing.
    """
    if not is_table(path):
        raise StartError(f"{path}: expected a file that ends in {', '.join(_SUFFIXES)}")
    try:
        import pandas as pd
    except ImportError as error:
        raise StartError(_MISSING) from error
    is_parquet = path.suffix.lower() == ".parquet"
    try:
        table = pd.read_parquet(path) if is_parquet else _read_text(path, texts)
    except ImportError as error:
        raise StartError(_NO_PARQUET) from error
    except OSError as error:
        raise StartError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:  # a ValueError, too
        expected = "expected UTF-8, or UTF-16 with its byte order mark"
        got = f"{error.object[error.start]:#04x}"
        raise StartError(f"{path}: {expected}, got the byte {got}") from error
    except ValueError as error:  # what is empty, ragged, not UTF-8 or not Parquet is one
        first = str(error).strip().partition("\n")[0]
        raise StartError(f"{path}: no table: {first}") from error
    return _checked(table, path)


def _checked(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    if not len(table):
        raise StartError(f"{path}: expected a row at least, got none")
    table.columns = [str(name) for name in table.columns]
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise _twice(path, twice[0])
    return table


def _read_text(path: Path, texts: Collection[str]) -> pd.DataFrame:
    """Read a table whose numbers are told from codes by how they are written."""
    import pandas as pd

    form = _form(path)
    _check_names(path, form)
    table = pd.read_csv(path, dtype=dict.fromkeys(texts, str), **form)
    whole = [name for name in table.columns if _is_whole(table[name])]
    if not whole:
        return table
    written = pd.read_csv(path, usecols=whole, dtype=str, **form)
    for name in whole:
        text = written[name].str
        if text.contains(_CODE, na=False).any():
            table[name] = written[name]
        elif table[name].dtype.kind == "f" and not text.contains(_FLOAT_SIGNS, na=False).any():
            table[name] = table[name].astype("Int64")
    return table


def _form(path: Path) -> dict[str, Any]:
    """Return how a text file writes a table: encoding, separator and decimal sign."""
    with (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rb") as file:
        head = file.read(_HEAD_BYTES)
    encoding = "utf-16" if head.startswith(_UTF_16) else "utf-8"
    lines = _QUOTED.sub("", head.decode(encoding, "replace")).splitlines()
    separator = "\t" if ".tsv" in path.suffixes else _separator(lines[:2])
    has_commas = separator != "," and any(map(_DECIMAL_COMMA.search, lines))
    return {"encoding": encoding, "sep": separator, "decimal": "," if has_commas else "."}


def _separator(lines: Sequence[str]) -> str:
    """Return what parts the names, as often as it parts the first row; else a comma."""
    counts = {sign: {line.count(sign) for line in lines} for sign in _SEPARATORS}
    fitting = [sign for sign, found in counts.items() if len(found) == 1 and found != {0}]
    return max(fitting, key=lambda sign: max(counts[sign]), default=",")


def _check_names(path: Path, form: Mapping[str, Any]) -> None:
    """Refuse names that stand twice, or are fewer than values: pandas would make others."""
    import pandas as pd

    names = pd.read_csv(path, header=None, nrows=2, dtype=str, **form).iloc[0].dropna()
    twice = names[names.duplicated()].tolist()
    if twice:
        raise _twice(path, twice[0])


def _twice(path: Path, name: str) -> StartError:
    return StartError(f"{path}: expected columns with names of their own, got {name!r} twice")


def _is_whole(column: Any) -> bool:
    """Return whether numbers may be whole: pandas makes floats of those that have gaps."""
    if column.dtype.kind == "f" and column.isna().any():
        known = column.dropna()
        return bool(len(known) and (np.isfinite(known) & (known == np.floor(known))).all())
    return column.dtype.kind in "iu"


def columns(table: pd.DataFrame) -> dict[str, Column]:
    """Return each column as an array: numbers with NaN, or objects as JSON has them with None.

    Raises:
        StartError: a column holds what a contract has no type for.
    """
    return {name: values(table[name]) for name in table.columns}


def values(column: pd.Series[Any]) -> Column:
    """Return one column; raise as `columns`."""
    kind, missing = column.dtype.kind, column.isna().to_numpy()
    if kind in "mc":
        raise StartError(f"column {column.name!r}: no type of a contract fits {column.dtype}")
    if kind in "iu" and not missing.any():
        return np.asarray(column.to_numpy(dtype=np.int64 if kind == "i" else np.uint64))
    if kind == "f":
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    found = np.empty(len(column), dtype=object)
    pairs = zip(column.tolist(), missing.tolist(), strict=True)
    found[:] = [None if gone else _value(value, column) for value, gone in pairs]
    return found


def _value(value: Any, column: Any) -> Any:
    convert = _PLAIN.get(type(value))
    if convert is not None:
        return convert(value)
    if isinstance(value, np.generic):
        return _value(value.item(), column)
    if isinstance(value, np.ndarray | list | tuple | dict | set):
        what = type(value).__name__
        raise StartError(
            f"column {column.name!r}: expected single values, got {what}; write one column for each"
        )
    if isinstance(value, datetime.datetime):
        zone = value.tzinfo or datetime.timezone.utc
        return moment(value.replace(tzinfo=zone).timestamp())
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _same(value: Any) -> Any:
    return value


_PLAIN: Mapping[type, Callable[[Any], Any]] = {
    **dict.fromkeys((str, int, float, bool, bytes), _same),
    decimal.Decimal: float,
}
