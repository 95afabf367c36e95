"""The names of a project: from what a person calls a model to a class and to an image."""

from __future__ import annotations

import keyword
import re
import unicodedata

from charter.errors import StartError, shown

# Letters that have no plain one in them for Unicode to find.
_SPELLED = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})
_WORD = re.compile(r"[A-Za-z0-9]+")
_TITLE = re.compile(r"[\w .-]+")
_MOST_CHARACTERS = 60
# Files of these names are in the folder already, or hide what Python or a test needs.
_TAKEN = frozenset({"train", "conftest"})


def class_name(title: str) -> str:
    """Return the name of the Python class, and of its file, for a model that people call so.

    Raises:
        StartError: none can be made of it.
    """
    where = f"the model's name {shown(title)}"
    if not _TITLE.fullmatch(title) or len(title) > _MOST_CHARACTERS:
        raise StartError(
            f"{where}: expected at most {_MOST_CHARACTERS} letters, digits, spaces, "
            f"hyphens, dots and underscores, such as 'churn model'"
        )
    found = "".join(word[0].upper() + word[1:] for word in _WORD.findall(_plain(title, where)))
    if not found:
        raise StartError(f"{where}: expected a letter at least, such as 'churn model'")
    if found[0].isdigit():
        raise StartError(f"{where}: a class cannot start with a digit; try 'model {title}'")
    if keyword.iskeyword(found) or found.lower() in _TAKEN:
        raise StartError(f"{where}: {found} means something else here; try '{title} model'")
    return found


def image_name(title: str) -> str:
    """Return what an image of the model is called: lower case, with hyphens; raise as above."""
    return "-".join(_WORD.findall(_plain(title, f"the model's name {shown(title)}"))).lower()


def _plain(title: str, where: str) -> str:
    """Return a name in the letters a to z: é is e, ß is ss."""
    apart = unicodedata.normalize("NFKD", title.translate(_SPELLED))
    letters = "".join(each for each in apart if not unicodedata.combining(each))
    if not letters.isascii():
        strange = next(each for each in letters if not each.isascii())
        raise StartError(
            f"{where}: expected letters that can be written with a to z, got {strange!r}; "
            f"the name becomes that of a class, a file and an image"
        )
    return letters
