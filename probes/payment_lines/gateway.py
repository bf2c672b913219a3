"""A scan-code gateway's answer to a health request: as expected, another one, or a login page in between."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from probes.maintenance.conditions import DOWNTIME
from probes.payment_lines.options import Line
from protocols.http_exchange import Answer
from vocabulary.condition import Condition, Owner, Rung, Severity
from vocabulary.reading import Fact

LOGIN_PAGE = Condition(
    code="payment-line.login-page",
    title="Login page in between",
    text="Line {subject} cannot be used: a login page answers instead of {host}: {seen}.",
    remedy="Have this till let through without a login page.",
    prepare="{source} > {address} TCP {port}: {seen} (status {status})",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.ACQUIRER_REPLY,
)
UNEXPECTED_STATUS = Condition(
    code="payment-line.unexpected-status",
    title="Gateway reports trouble",
    text="Line {subject} cannot be used: {host} answers with status {status} instead of {expected_status}.",
    remedy="Ask the payment provider whether its gateway is running.",
    prepare="{host} port {port}, GET {path}: status {status}, expected {expected_status}",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    rung=Rung.ACQUIRER_REPLY,
    depends_on=(DOWNTIME,),
)

_LOGIN_REQUIRED: Final = 511  # Network Authentication Required, sent by who intercepts: RFC 6585 section 6
_LOGIN: Final = re.compile(rb"<form\b|<input\b|http-equiv\s*=\s*[\"']?refresh", re.IGNORECASE)
_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,60}")


def judge(line: Line, answer: Answer) -> tuple[Condition | None, dict[str, Fact]]:
    """What is wrong with an answer, None for nothing, and its facts."""
    facts: dict[str, Fact] = {
        "status": answer.status,
        "expected_status": line.expected_status,
        "path": line.path,
    }
    if seen := _login_page(line, answer):
        return LOGIN_PAGE, facts | {"seen": seen}
    return (UNEXPECTED_STATUS if answer.status != line.expected_status else None), facts


def _login_page(line: Line, answer: Answer) -> str:
    """How it shows: by its status, a way to another host, or a form. "" where it does not."""
    if answer.status == _LOGIN_REQUIRED:
        return "the network asks for a login"
    if 300 <= answer.status < 400 and answer.status != line.expected_status:
        return "it sends on to another host" if _elsewhere(line, answer) else ""
    is_page = answer.headers.get("content-type", "").lower().startswith("text/html")
    return "a page with a form" if is_page and _LOGIN.search(answer.body) else ""


def _elsewhere(line: Line, answer: Answer) -> bool:
    try:
        host = urlsplit(answer.headers.get("location", "")).hostname
    except ValueError:
        return False
    return bool(host and _HOST.fullmatch(host)) and host not in (line.host.lower(), line.server_name.lower())
