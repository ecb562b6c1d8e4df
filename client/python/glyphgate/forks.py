"""What a forked child must not share with its parent."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class _Forgetful(Protocol):
    def begin_anew_in_child(self) -> None: ...


def register(owner: _Forgetful) -> None:
    """Has `owner.begin_anew_in_child()` called in every process that is forked from this one, before anything else runs
    there, as long as the owner lives."""
    _owners.add(owner)


_owners: "weakref.WeakSet[_Forgetful]" = weakref.WeakSet()


def _after_fork() -> None:
    for owner in list(_owners):
        owner.begin_anew_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
