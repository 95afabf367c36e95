"""What is answered for a method that the component does not have."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

import numpy as np

from charter.component import seldon_types, values
from charter.component.replies import Node, Replies
from charter.errors import MissingMethod
from charter.message import Message, Request
from charter.methods import Method, Missing

Answer: TypeAlias = Callable[[Any], Message]
"""Answers a request; calls no method of the user's but `class_names`, `tags` and `metrics`."""


def run(
    method: Method, user: object, node: Node, replies: Replies, *, declines: bool = False
) -> Answer:
    """Return what answers a method that `user` does not have.

    Args:
        method: what is asked.
        user: the user's object.
        node: who it is.
        replies: makes its replies.
        declines: whether it has the method, and that says that it is not implemented; what
            `predict` answers then is an empty array, as in Seldon.

    Raises:
        MissingMethod: (when it answers) there is nothing to answer.
    """
    if method.missing is Missing.REFUSE and (node.is_strict or declines):
        return functools.partial(_empty, method, user, replies)
    return functools.partial(_ANSWERS[method.missing], method, user, replies)


def is_error(method: Method) -> bool:
    """Return whether a method that says it is not implemented raises like any other."""
    return method.missing is Missing.REFUSE_AS_DATA


def _refuse(method: Method, user: object, replies: Replies, request: Request) -> NoReturn:
    raise MissingMethod(f"{method.name}: {type(user).__name__} has no such method")


def _refuse_as_data(method: Method, user: object, replies: Replies, request: Request) -> NoReturn:
    text = f"{method.name.capitalize()} not defined"
    if seldon_types.is_component(user):
        text = f"{method.name} is not implemented"
    raise MissingMethod(text, reason=values.BAD_DATA, rest_status=400)


def _pass_on(method: Method, user: object, replies: Replies, request: Message) -> Message:
    return replies.same(method, request)


def _empty(method: Method, user: object, replies: Replies, request: Request) -> Message:
    return replies.reply(method, np.array([]), request)


def _healthy(method: Method, user: object, replies: Replies, request: Request) -> Message:
    is_component = seldon_types.is_component(user)
    word = "not implemented - assuming healthy" if is_component else "healthy"
    return replies.reply(method, word, request)


_ANSWERS: dict[Missing, Callable[..., Message]] = {
    Missing.REFUSE: _refuse,
    Missing.REFUSE_AS_DATA: _refuse_as_data,
    Missing.IDENTITY: _pass_on,
    Missing.EMPTY: _empty,
    Missing.HEALTHY: _healthy,
}
