"""Here `seldon_core` can be imported, as in a process of Charter that loads a model."""

from charter import compat

compat.install()
