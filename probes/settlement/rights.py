"""Whether the POS application's own account can write where its slips and books are kept."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from typing import Final

from probes.settlement.options import SettlementOptions
from probes.settlement.slip_conditions import BOOKS_NOT_WRITABLE, SPOOL_NOT_WRITABLE
from probes.till import Till
from protocols.accounts import READ, SEARCH, WRITE, Login, find, may
from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason

_ACCESS_LIST: Final = "system.posix_acl_access"  # xattr(7)


def read_rights(options: SettlementOptions, till: Till) -> Iterator[Reading]:
    books = options.address.path if options.address.scheme == "sqlite" else ""
    places = ((SPOOL_NOT_WRITABLE, options.spool), (BOOKS_NOT_WRITABLE, books))
    login = _login(options.pos_account, till) if options.pos_account else None
    for condition, place in places:
        if not (options.pos_account and place):
            yield condition.unknown(Reason.NOT_SET_UP)
        elif login is None:
            seen = "no such account"
            yield condition.failing(place, account=options.pos_account, seen=seen)
        else:
            yield _judge(condition, place, login, options.pos_account, till)


def _login(name: str, till: Till) -> Login | None:
    try:
        return find(till.read_text("/etc/passwd"), till.read_text("/etc/group"), name)
    except OSError:
        return None


def _judge(condition: Condition, place: str, login: Login, account: str, till: Till) -> Reading:
    """A database is written beside, too: its journal stands in the same folder."""
    try:
        found = till.stat(place)
        folder = till.stat(place.rpartition("/")[0] or "/")
    except FileNotFoundError:
        return condition.failing(place, account=account, seen="it is not there")
    except OSError as error:
        return condition.unknown(Reason.NO_PERMISSION, place, because=error.strerror or "cannot be looked at")
    if any(_has_access_list(till, path) for path in (place, place.rpartition("/")[0] or "/")):
        return condition.unknown(Reason.NOT_SUPPORTED, place, because="its rights are an access list")
    if _is_read_only(till, place):
        return condition.failing(place, account=account, seen="the file system is read-only")
    is_file = condition is BOOKS_NOT_WRITABLE
    written = may(login, found, READ | WRITE if is_file else WRITE | SEARCH)
    beside = may(login, folder, WRITE | SEARCH) if is_file else True
    seen = "no right to the file" if is_file and not written else "no right to the folder"
    return condition.failing_if(not (written and beside), place, account=account, seen=seen)


def _has_access_list(till: Till, place: str) -> bool:
    try:
        return bool(os.getxattr(till.path(place), _ACCESS_LIST))
    except OSError as error:
        return error.errno not in (errno.ENODATA, errno.ENOTSUP, errno.EACCES)


def _is_read_only(till: Till, place: str) -> bool:
    try:
        return bool(os.statvfs(till.path(place)).f_flag & os.ST_RDONLY)
    except OSError:
        return False
