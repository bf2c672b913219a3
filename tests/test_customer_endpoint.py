"""An endpoint of the customer's own: every record arrives as published, in order."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import psutil
import pytest

from agent.outbox.outbox import Outbox
from agent.sending import courier
from agent.sending.courier import Courier
from agent.sending.delivery import EndpointRoute, Undelivered
from agent.sending.dispatch import Dispatch
from console.control_client import ask
from simulators.hostile_endpoint import HostileEndpoint
from tests.agent.outboxes import fill, full, outage
from tests.counter import daemon, poshealth, wait_for
from tests.real_webhook import BEARER, SECRET, RealWebhook

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "endpoint.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.slow  # real servers and processes


class Till:
    """Outbox, courier and dispatch; waits between two tries are shortened."""

    def __init__(self, folder: Path, route: EndpointRoute) -> None:
        self.outbox = Outbox(folder / "spool")
        self.courier = Courier(route, None)
        self.dispatch = Dispatch("t1", self.outbox, self.courier, plainly=True)

    def until(self, condition: Callable[[], object], seconds: float = 20.0) -> None:
        limit = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < limit, f"waited in vain: {self.dispatch.trouble}"
            self.dispatch.step(time.monotonic())
            self.dispatch._next_at = min(self.dispatch._next_at, time.monotonic() + 0.02)
            time.sleep(0.002)

    def drain(self) -> None:
        self.until(lambda: self.outbox.is_empty)

    def close(self) -> None:
        self.courier.stop()
        self.outbox.close()


@pytest.fixture
def webhook(tmp_path: Path) -> Iterator[RealWebhook]:
    with RealWebhook(tmp_path / "webhook") as running:
        yield running


MakeTill = Callable[..., Till]


@pytest.fixture
def make_till(tmp_path: Path) -> Iterator[MakeTill]:
    made: list[Till] = []

    def make(url: str, **more: Any) -> Till:
        kept = {"bearer": BEARER, "hmac_key": SECRET.encode(), "hmac_header": "X-Hub-Signature-256"}
        made.append(Till(tmp_path, EndpointRoute(url=url, **(kept | more))))
        return made[-1]

    yield make
    for till in made:
        till.close()


def valid(record: dict[str, Any]) -> bool:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.validate(record, SCHEMA, jsonschema.Draft202012Validator, format_checker=checker)
    return True


def test_every_kind_arrives_in_order_and_as_published(webhook: RealWebhook, make_till: MakeTill) -> None:
    """At a receiver of others, over HTTPS, which checks both secrets."""
    till = make_till(webhook.url, ca_file=webhook.ca_file)
    till.outbox.put(full)
    fill(till.outbox, 2)
    till.outbox.put(outage)
    till.outbox.put(outage)
    till.outbox.set_aside(till.outbox.spool_id, 2, "413")
    till.drain()

    assert all(valid(record) for record in webhook.records)
    found = [(record["kind"], record["sequence"], record["last"]) for record in webhook.records]
    assert found == [("report", 1, 1), ("dropped", 2, 2), ("unchanged", 3, 3), ("outage", 4, 5)]
    assert webhook.keys == [record["key"] for record in webhook.records]
    assert webhook.keys[-1].endswith("/4-5")


def test_nothing_is_lost_while_the_endpoint_is_away(webhook: RealWebhook, make_till: MakeTill) -> None:
    """Killed in the middle and started again: each number, once or again under the same key."""
    till = make_till(webhook.url, ca_file=webhook.ca_file)
    fill(till.outbox, 30)
    till.until(lambda: till.outbox.depth <= 20)
    webhook.stop()
    till.until(lambda: till.dispatch.failures >= 3)
    assert till.outbox.depth
    webhook.start()
    till.drain()

    assert list(dict.fromkeys(record["sequence"] for record in webhook.records)) == list(range(1, 31))


@pytest.mark.parametrize(
    ("wrong", "trouble"),
    [({"bearer": "another-token-of-somebody"}, "401"), ({"hmac_key": b"another secret!!"}, "HTTP 500")],
)
def test_a_wrong_secret_keeps_everything(
    webhook: RealWebhook, make_till: MakeTill, wrong: dict[str, Any], trouble: str
) -> None:
    """This receiver answers 401 to a wrong token, 500 to a wrong signature: told as it is."""
    till = make_till(webhook.url, ca_file=webhook.ca_file, **wrong)
    fill(till.outbox, 1)
    till.until(lambda: till.dispatch.failures)

    assert (till.dispatch.trouble, till.outbox.depth, webhook.records) == (trouble, 1, [])


def test_a_certificate_of_somebody_else_gets_nothing(webhook: RealWebhook, make_till: MakeTill) -> None:
    """Without `ca_file` the machine's own authorities decide."""
    till = make_till(webhook.url)
    fill(till.outbox, 1)
    till.until(lambda: till.dispatch.failures)

    assert (till.outbox.depth, webhook.records) == (1, [])
    assert "certificate" in till.dispatch.trouble.lower()


HOSTILE = ("500", "html", "huge", "gzip-bomb", "retry-after", "truncated", "garbage", "reset")


@pytest.mark.parametrize("mode", HOSTILE)
def test_whatever_answers_in_its_place_costs_no_record(make_till: MakeTill, mode: str) -> None:
    """And the next good answer takes it."""
    with HostileEndpoint() as endpoint:
        till = make_till("http://{}:{}/till".format(*endpoint.address))
        endpoint.mode = mode
        fill(till.outbox, 2)
        till.until(lambda: till.dispatch.failures >= 2)
        assert till.outbox.depth == 2
        endpoint.mode = "ok"
        till.drain()


@pytest.mark.parametrize("mode", ["never", "slow-loris", "slow-body"])
def test_an_answer_without_end_is_given_up(
    make_till: MakeTill, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the wall clock, however alive the connection looks."""
    monkeypatch.setattr(courier, "DELIVERY_SECONDS", 1.0)
    with HostileEndpoint() as endpoint:
        till = make_till("http://{}:{}/till".format(*endpoint.address))
        endpoint.mode = mode
        fill(till.outbox, 1)
        till.until(lambda: till.dispatch.failures)
        assert till.outbox.depth == 1
        endpoint.mode = "ok"
        till.drain()


def test_a_redirect_is_not_followed(make_till: MakeTill) -> None:
    """Neither reports nor their token go where somebody points."""
    with HostileEndpoint() as endpoint, HostileEndpoint() as elsewhere:
        endpoint.mode = "redirect"
        endpoint.redirect_to = "http://{}:{}/".format(*elsewhere.address)
        till = make_till("http://{}:{}/till".format(*endpoint.address))
        fill(till.outbox, 1)
        till.until(lambda: till.dispatch.failures >= 2)

    assert (till.outbox.depth, elsewhere.requests) == (1, [])


def test_a_2xx_without_the_header_agreed_on_is_a_portal(make_till: MakeTill) -> None:
    """Its word for a record that it never stored would lose it."""
    with HostileEndpoint() as endpoint:
        till = make_till("http://{}:{}/till".format(*endpoint.address), expects_header="Stored: {key}")
        fill(till.outbox, 1)
        till.until(lambda: till.dispatch.failures)

    assert till.outbox.depth == 1
    assert till.dispatch.trouble == "a 200 without the header Stored"


def test_one_record_too_large_does_not_hold_up_the_rest(make_till: MakeTill) -> None:
    """It is set aside, and a range in its place says so."""
    with HostileEndpoint() as endpoint:
        endpoint.mode = "413"
        till = make_till("http://{}:{}/till".format(*endpoint.address))
        fill(till.outbox, 2)
        till.until(lambda: till.dispatch.failures)
        endpoint.mode = "ok"
        till.drain()
        bodies = [json.loads(request.body) for request in endpoint.requests]

    told = [(body["kind"], body["sequence"]) for body in bodies]
    assert told == [("unchanged", 1), ("dropped", 1), ("unchanged", 2)]


def test_an_endpoint_that_takes_nothing_does_not_empty_the_outbox(make_till: MakeTill) -> None:
    """The range that stands for what was set aside stays, and is tried later and later."""
    with HostileEndpoint() as endpoint:
        endpoint.mode = "413"
        till = make_till("http://{}:{}/till".format(*endpoint.address))
        fill(till.outbox, 5)
        till.until(lambda: till.dispatch.failures >= 6)
    refused = Undelivered(kind="refused", detail="400", cause="refused")
    waits = []
    for _ in range(40):
        till.dispatch._settle(refused, 0.0)
        waits.append(till.dispatch._next_at)

    assert till.outbox.depth == 5
    assert max(waits) > 10


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[str]:
    """The example of docs/endpoint.md, as it stands there."""
    (source,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(source.splitlines()) <= 25
    folder = tmp_path / "received"
    folder.mkdir()
    (folder / "secret").write_text(SECRET)
    (tmp_path / "receiver.py").write_text(source)
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "receiver.py"), "0", "secret"], cwd=folder, stderr=subprocess.DEVNULL
    )
    wait_for(lambda: psutil.Process(process.pid).net_connections("tcp"))
    port = psutil.Process(process.pid).net_connections("tcp")[0].laddr.port
    yield f"http://127.0.0.1:{port}/"
    process.kill()
    process.wait()


def test_the_example_receives_what_a_daemon_sends(receiver: str, tmp_path: Path) -> None:
    """From the settings file to the record on disk, with the header that keeps a portal out."""
    settings = settings_for(tmp_path, receiver, 'expects_header = "Stored: {key}"')
    received = tmp_path / "received"
    with daemon(settings):
        wait_for(lambda: len(list(received.glob("*.json"))) >= 3, 40)
        status = ask(str(tmp_path / "control.sock"), {"do": "status"}, 5)
    records = [json.loads(path.read_bytes()) for path in received.glob("*.json")]

    assert all(valid(record) for record in records)
    assert {"report", "unchanged"} <= {record["kind"] for record in records}
    assert {record["terminal"] for record in records} == {"0412-2"}
    assert SECRET not in json.dumps(records) + json.dumps(status)


def test_the_central_endpoint_is_called_by_its_name(tmp_path: Path) -> None:
    """In both languages: the till has no head office."""
    settings = settings_for(tmp_path, "http://127.0.0.1:9/a-path-that-is-a-password")
    with daemon(settings):
        control = str(tmp_path / "control.sock")
        wait_for(lambda: ask(control, {"do": "status"}, 5)["head_office"]["failures"] >= 2, 40)
        said = poshealth("status", "--socket", control).stdout
        known = poshealth("check", "power", "--json", "--settings", str(settings)).stdout

    assert "the central endpoint did not take reports" in said
    assert "a-path-that-is-a-password" not in said + known
    (facts,) = (
        entry["reading"]["facts"]
        for entry in json.loads(known)["readings"]
        if entry["reading"]["code"] == "agent.head-office-unreachable"
    )
    assert facts["whom"] == "the central endpoint"


def settings_for(folder: Path, url: str, more: str = "") -> Path:
    secret = folder / "hmac"
    secret.write_text(SECRET + "\n")
    os.chmod(secret, 0o600)  # noqa: PTH101
    path = folder / "poshealth.toml"
    path.write_text(
        f"""
[terminal]
id = "0412-2"

[endpoint]
url = "{url}"
hmac_file = "{secret}"
every_seconds = 0.5
{more}

[daemon]
state_folder = "{folder}/state"
control_socket = "{folder}/control.sock"
splay_seconds = 0
"""
    )
    return path
