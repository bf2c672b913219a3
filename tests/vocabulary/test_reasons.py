"""Why something was not tested, in Chinese too."""

from __future__ import annotations

import errno
import os
import re

import pytest

from tests.vocabulary.literal_reasons import literal_reasons
from vocabulary.texts import fill, reason

HAN = re.compile("[\u4e00-\u9fff]")
# Typed as it stands, or the words of others alone, or a code's word.
OF_NO_LANGUAGE = re.compile(
    r"(?:setfacl|chmod|mount|systemctl|apt|RestrictAddressFamilies=).*|[\W\d]*|\{\}; \{\}|[a-z]+(-[a-z]+)+"
)
# A verdict that is no reading's; parts that have Chinese, put together; what a printing command said.
PUT_TOGETHER = {"dropped", "HTTP {}", "a {} {}", "{}, {} of {} bytes read{}{}"}
ERRNOS = [
    "ECONNREFUSED ECONNRESET ETIMEDOUT EHOSTUNREACH ENETUNREACH EHOSTDOWN ENETDOWN EPIPE EADDRNOTAVAIL",
    "ENOENT EACCES EPERM ENOTDIR EISDIR ELOOP ENAMETOOLONG EMFILE ENFILE EIO EREMOTEIO ENOSPC EDQUOT EROFS",
    "EBUSY ETXTBSY ENODEV ENXIO ENOMEM EAGAIN ESTALE EUCLEAN EINVAL EFBIG EOVERFLOW",
]


def test_every_literal_reason_has_chinese() -> None:
    """Where a phrase has a blank, whatever stands in it."""
    said = {
        phrase: path
        for phrase, path in literal_reasons().items()
        if phrase not in PUT_TOGETHER
        and not OF_NO_LANGUAGE.fullmatch(phrase)
        and not HAN.search(reason(phrase.replace("{}", "X1"), "zh"))
    }

    assert said == {}


def test_the_reasons_are_found() -> None:
    """As a keyword, a constant's name, a local name, an error's word, and with blanks."""
    assert literal_reasons().keys() >= {
        "batch_limit is not set",
        "the printer did not answer this question",
        "too many files in its folder",
        "nothing here tells {}",
        "the server says nothing for {} s",
        "its kind is not known",
    }


@pytest.mark.parametrize("name", " ".join(ERRNOS).split())
def test_what_the_system_says_has_chinese(name: str) -> None:
    assert HAN.search(reason(os.strerror(getattr(errno, name)), "zh"))


@pytest.mark.parametrize(
    ("because", "said"),
    [
        ("no file /pos/*.log", "没有文件/pos/*.log"),
        ("/pos/log: Permission denied", "/pos/log: 没有权限"),
        ("/pos: more than 64 files", "/pos: 文件超过64个"),
        ("pos may write: give a login that can only read", "账号pos能写: 请换一个只读账号"),
        ("it cannot tell: it says nothing", "它说判断不了: 没有说明"),
        ("it cannot tell: no file /x", "它说判断不了: no file /x"),  # the plug-in's own words
        ("it ended with exit status 127", "退出码是127"),
        ("a 200 with a web page", "答了200, 却是网页"),
        ("no file ", "no file "),
        ("chmod o+r /pos/key", "chmod o+r /pos/key"),
        ("journal.unreachable", "journal.unreachable"),
        ("", ""),
    ],
)
def test_a_reason_is_said_with_what_it_is_about(because: str, said: str) -> None:
    """What others said stays as it is."""
    assert reason(because, "zh") == said
    assert reason(because, "en") == because


def test_only_a_fact_that_says_why_is_taken_for_a_phrase() -> None:
    """What a plug-in said is read out as it said it."""
    assert fill("{said}; {why}", "zh", {"said": "no file 7", "why": "no file 7"}) == "no file 7; 没有文件7"
