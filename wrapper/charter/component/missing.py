"""What is answered for a method that the component does not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from charter.component import seldon_types, values
from charter.component.replies import Node, Replies
from charter.errors import MissingMethod
from charter.message import Message, Request
from charter.methods import Method, Missing

Answer: TypeAlias = Callable[[Any], Message]
"""Answers a request; calls no method of the user's but `class_names`, `tags` and `metrics`."""


def run(method: Method, user: object, node: Node, replies: Replies) -> Answer:
    """Return what answers a method that `user` does not have.

    Raises:
        MissingMethod: (when it answers) there is nothing to answer.
    """
    name = type(user).__name__
    is_component = seldon_types.is_component(user)

    def refuse(request: Request) -> Message:
        raise MissingMethod(f"{method.name}: {name} has no such method")

    def refuse_as_data(request: Request) -> Message:
        title = method.name.capitalize()
        text = f"{method.name} is not implemented" if is_component else f"{title} not defined"
        raise MissingMethod(text, reason=values.BAD_DATA, rest_status=400)

    def identity(request: Message) -> Message:
        return replies.same(method, request)

    def empty(request: Request) -> Message:
        return replies.reply(method, np.array([]), request)

    def healthy(request: Request) -> Message:
        word = "not implemented - assuming healthy" if is_component else "healthy"
        return replies.reply(method, word, request)

    if method.missing is Missing.REFUSE and node.is_strict:
        return lambda request: replies.reply(method, [], request)
    answers: dict[Missing, Answer] = {
        Missing.REFUSE: refuse,
        Missing.REFUSE_AS_DATA: refuse_as_data,
        Missing.IDENTITY: identity,
        Missing.EMPTY: empty,
        Missing.HEALTHY: healthy,
    }
    return answers[method.missing]


def is_error(method: Method) -> bool:
    """Return whether a method that says it is not implemented raises like any other."""
    return method.missing is Missing.REFUSE_AS_DATA
