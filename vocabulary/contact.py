"""Whom a store calls: one entry per owner in the settings."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from vocabulary.condition import Owner


class Contact(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """As a person would say it, in the store's language.

    `quote` is what the other side asks for first: "line no. 0755-1234", "merchant 8812".
    """

    name: str = ""
    phone: str = ""
    hours: str = ""
    quote: str = ""


Contacts = Mapping[Owner, Contact]
