"""`poshealth check --json` against the simulated counter: one cause, one owner, and what was not tested."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from simulators.black_hole import BlackHole
from simulators.tlcp_host import TlcpHost
from tests.shop import Report, Shop
from tests.spoken_lines import line_server, say

CARDS = ["card-payments", "settlement"]


def causes(report: Report) -> list[str]:
    return [cause["code"] for cause in report["diagnosis"].get("causes", [])]


def untested(report: Report) -> set[str]:
    return {entry["code"] for entry in report["diagnosis"]["untested"]}


def vanished(shop: Shop) -> None:
    shop.check()
    shop.folder.joinpath("state").mkdir(exist_ok=True)
    memory = {
        "receipt_printer": {"receipt-printer": {"setting": f"{shop.printer_port} 9600", "present": True}}
    }
    shop.folder.joinpath("state/memory.json").write_text(json.dumps(memory))
    shop.printer.vanish()


def not_answering(shop: Shop) -> None:
    shop.folder.joinpath("state").mkdir(exist_ok=True)
    known = {"setting": f"{shop.printer_port} 9600", "present": True, "answered": [1, 2, 3, 4]}
    shop.folder.joinpath("state/memory.json").write_text(
        json.dumps({"receipt_printer": {"receipt-printer": known}})
    )
    shop.printer.faults.silent = True


def set_state(name: str) -> Callable[[Shop], None]:
    return lambda shop: setattr(shop.printer.state, name, True)


def wrong_speed(shop: Shop) -> None:
    shop.printer.speed = 19200


def on_battery(shop: Shop) -> None:
    shop.ups.status = "OB DISCHRG"


def driver_gone(shop: Shop) -> None:
    shop.ups.driver_gone = True


def resolver_dead(shop: Shop) -> None:
    shop.names.mode = "silent"
    shop.lines = ("primary",)


def resolver(mode: str) -> Callable[[Shop], None]:
    def breaks(shop: Shop) -> None:
        shop.names.mode = mode
        shop.lines = ("primary",)

    return breaks


def one_resolver_unsure(shop: Shop) -> None:
    shop.names.mode = "servfail"
    shop.resolvers = [shop.names, shop.second_names]


def resolver_inventing(shop: Shop) -> None:
    shop.names.mode = "invent"


def resolver_lying(shop: Shop) -> None:
    shop.second_names.set_name("acquirer.example", ["8.8.4.4"])
    shop.resolvers = [shop.names, shop.second_names]


def captive_portal(shop: Shop) -> None:
    redirect = b"HTTP/1.1 302 Found\r\nLocation: //login.example/\r\n\r\n"
    port = shop.stack.enter_context(line_server(say(redirect)))
    shop.network = f'portal_check = "http://127.0.0.1:{port}/"\n'


def proxy(answer: bytes) -> Callable[[Shop], None]:
    def breaks(shop: Shop) -> None:
        port = shop.stack.enter_context(line_server(say(answer)))
        shop.network = f'http_proxy = "127.0.0.1:{port}"\nhttp_proxy_for = "pay.example:443"\n'

    return breaks


def tunnel_gone(shop: Shop) -> None:
    shop.network = 'vpn_interface = "no-tunnel0"\n'


def one_resolver_dead(shop: Shop) -> None:
    shop.names.mode = "silent"
    shop.resolvers = [shop.names, shop.second_names]


def refused(shop: Shop) -> None:
    shop.lines = ("primary",)
    shop.primary.gone = True


def primary_refused(shop: Shop) -> None:
    shop.primary.gone = True


def tls(kind: str) -> Callable[[Shop], None]:
    def breaks(shop: Shop) -> None:
        shop.lines = ("primary",)
        shop.primary.tls = shop.certificates.server_context(kind)

    return breaks


def wallet(kind: str) -> Callable[[Shop], None]:
    def shows(shop: Shop) -> None:
        shop.wallet.tls = shop.certificates.server_context(kind)

    return shows


def another_issuer(shop: Shop) -> None:
    shop.check()
    shop.folder.joinpath("state").mkdir(exist_ok=True)
    host = f"127.0.0.1:{shop.wallet.address[1]}"
    memory = {"payment_lines": {"authorities": {host: [["0123456789abcdef", 0.0, "Their Authority"]]}}}
    shop.folder.joinpath("state/memory.json").write_text(json.dumps(memory))


def not_pinned(shop: Shop) -> None:
    shop.pins = ("0" * 64,)


def own_certificate_over(shop: Shop) -> None:
    certificate, _ = shop.certificates.make("expired")
    shop.software = f'[software]\ncertificates = ["{certificate}"]\n'


def own_certificate_gone(shop: Shop) -> None:
    shop.software = '[software]\ncertificates = ["/nonexistent/client.pem"]\n'


def answer_91(shop: Shop) -> None:
    shop.lines = ("primary",)
    shop.primary.response_code = "91"


def backup_refused(shop: Shop) -> None:
    shop.outbound_port = shop.wallet.address[1]  # else the firewall's port is the backup's
    shop.backup.gone = True


def half_a_reply(shop: Shop) -> None:
    shop.lines = ("primary",)
    shop.primary.faults.half_reply = True


def login_page(shop: Shop) -> None:
    shop.wallet_page = 'path = "/health"\nexpected_status = 200'
    shop.wallet.content_type, shop.wallet.body = "text/html", "<form><input name=phone></form>"


def gateway_in_trouble(shop: Shop) -> None:
    shop.wallet_page = 'path = "/health"\nexpected_status = 200'
    shop.wallet.status = 503


def terminal_says(**said: object) -> Callable[[Shop], None]:
    def breaks(shop: Shop) -> None:
        for name, value in said.items():
            setattr(shop.terminal.state, name, value)

    return breaks


def another_terminal(shop: Shop) -> None:
    shop.terminal.faults.other_poi = True


def port_refused(shop: Shop) -> None:
    with BlackHole() as hole:
        shop.outbound_port = hole.address[1]


def version_too_old(shop: Shop) -> None:
    shop.software = '[software]\npackages = [{ name = "bash", at_least = "99" }]\n'


def pos_down(shop: Shop) -> None:
    shop.software = '[software.pos]\nprocess = "no-such-pos-application"\n'


@pytest.mark.parametrize(
    ("broken", "code", "owner", "lost", "not_tested"),
    [
        # the printer
        (vanished, "receipt-printer.vanished", "staff", ["receipts"], "receipt-printer.paper-out"),
        (not_answering, "receipt-printer.no-answer", "staff", ["receipts"], "receipt-printer.paper-out"),
        (set_state("paper_out"), "receipt-printer.paper-out", "staff", ["receipts"], ""),
        (set_state("cover_open"), "receipt-printer.cover-open", "staff", ["receipts"], ""),
        (wrong_speed, "receipt-printer.wrong-speed", "technician", [], "receipt-printer.paper-out"),
        # power
        (on_battery, "power.ups-on-battery", "power-company", [], ""),
        (driver_gone, "power.ups-driver-gone", "technician", ["survives-power-cut"], "power.ups-on-battery"),
        # name lookup
        (resolver_dead, "network.resolver-silent", "site-it", CARDS, "payment-line.refused"),
        (one_resolver_dead, "network.resolver-silent", "site-it", [], ""),
        (resolver("servfail"), "network.resolver-failing", "site-it", CARDS, "payment-line.refused"),
        (resolver("nxdomain"), "network.name-unknown", "site-it", CARDS, "payment-line.refused"),
        (resolver("refuse"), "network.resolver-refusing", "site-it", CARDS, "payment-line.refused"),
        (resolver("wrong-id"), "network.resolver-garbled", "site-it", CARDS, "payment-line.refused"),
        (one_resolver_unsure, "network.resolver-failing", "site-it", [], ""),
        (resolver_inventing, "network.resolver-inventing", "site-it", [], ""),
        (resolver_lying, "network.resolver-lying", "site-it", [], ""),
        # what stands in the way
        (captive_portal, "network.captive-portal", "site-it", [], ""),
        (proxy(b"HTTP/1.1 407 Login\r\n\r\n"), "network.proxy-login", "site-it", [], ""),
        (proxy(b"HTTP/1.1 403 No\r\n\r\n"), "network.proxy-forbids", "site-it", [], ""),
        (proxy(b"HTTP/1.1 503 Down\r\n\r\n"), "network.proxy-failing", "site-it", [], ""),
        (tunnel_gone, "network.vpn-down", "site-it", [], ""),
        # payment lines
        (refused, "payment-line.refused", "acquirer", CARDS, "payment-line.no-reply"),
        (tls("expired"), "payment-line.tls-expired", "acquirer", CARDS, "payment-line.no-reply"),
        (tls("wrong-name"), "payment-line.tls-wrong-name", "acquirer", CARDS, "payment-line.no-reply"),
        (tls("intermediate-expired"), "payment-line.tls-expired", "acquirer", CARDS, ""),
        (wallet("intermediate-ends-tomorrow"), "payment-line.tls-expiring-tomorrow", "acquirer", [], ""),
        (wallet("soon-to-expire"), "payment-line.tls-expiring-this-week", "acquirer", [], ""),
        (another_issuer, "payment-line.tls-other-issuer", "site-it", [], ""),
        (not_pinned, "payment-line.tls-pin-mismatch", "site-it", [], "qr-payments.no-line"),
        (answer_91, "payment-line.not-accepted", "acquirer", CARDS, ""),
        (primary_refused, "payment-line.refused", "acquirer", [], "payment-line.no-reply"),
        (backup_refused, "payment-line.refused", "acquirer", [], "payment-line.no-reply"),
        (half_a_reply, "payment-line.garbled-reply", "acquirer", CARDS, "payment-line.not-accepted"),
        (login_page, "payment-line.login-page", "site-it", ["qr-payments"], ""),
        (gateway_in_trouble, "payment-line.unexpected-status", "acquirer", ["qr-payments"], ""),
        # the payment terminal
        (another_terminal, "payment-terminal.not-recognised", "technician", [], "payment-terminal.down"),
        (terminal_says(global_status="Maintenance"), "payment-terminal.maintenance", "staff", CARDS, ""),
        (terminal_says(communicates=False), "payment-terminal.host-unreachable", "line-provider", CARDS, ""),
        (terminal_says(unconfirmed=3), "payment-terminal.unconfirmed-batches", "acquirer", [], ""),
        (terminal_says(unconfirmed=3, hosts={"1": True, "2": False}),
         "payment-terminal.acquirer-unreachable", "acquirer", [], ""),
        (terminal_says(printer_status="NoPaper"), "payment-terminal.paper-out", "staff", [], ""),
        # ports and software
        (port_refused, "firewall.port-refused", "site-it", [], ""),
        (version_too_old, "software.version-too-old", "software-vendor", [], ""),
        (own_certificate_over, "software.certificate-not-valid", "technician", [], ""),
        (own_certificate_gone, "software.certificate-unusable", "technician", [], ""),
        (pos_down, "software.pos-not-running", "software-vendor",
         ["card-payments", "qr-payments", "receipts", "settlement"], ""),
    ],
    ids=lambda value: getattr(value, "__name__", None) if callable(value) else None,
)  # fmt: skip
def test_one_fault_has_one_cause(  # noqa: PLR0917  the columns of the table
    shop: Shop, broken: Callable[[Shop], None], code: str, owner: str, lost: list[str], not_tested: str
) -> None:
    """The right cause, whom to call, what is lost, and what could not be tested because of it."""
    broken(shop)
    report = shop.check()

    assert causes(report) == [code]
    assert report["diagnosis"]["causes"][0]["owner"] == owner
    assert report["diagnosis"].get("lost", []) == lost
    assert not not_tested or not_tested in untested(report)


def test_an_acquirer_that_drops_is_told_from_one_that_refuses(shop: Shop) -> None:
    """Nothing comes back at all: not the acquirer's word yet."""
    with BlackHole() as hole:
        shop.lines, shop.primary_port = ("primary",), hole.address[1]
        report = shop.check()

    assert causes(report) == ["firewall.port-dropped"]
    assert report["diagnosis"]["lost"] == ["card-payments", "settlement"]
    assert "payment-line.no-reply" in untested(report)


def test_a_dropped_port_is_told_from_a_refused_one(shop: Shop) -> None:
    """The network team needs another sentence for it."""
    with BlackHole() as hole:
        shop.outbound_port = hole.address[1]
        report = shop.check()

    assert causes(report) == ["firewall.port-dropped"]


def test_primary_dead_with_backup_alive_is_a_warning(shop: Shop) -> None:
    """Exit 1, nothing lost, cards still work."""
    shop.primary.gone = True
    report = shop.check()

    assert report["exit"] == 1
    assert "card-payments" in report["diagnosis"]["works"]


def test_a_terminal_on_its_own_line_is_unseen(shop: Shop) -> None:
    """The till's lines are green, and nobody says that cards work."""
    shop.own_line = True
    report = shop.check()

    assert report["exit"] == 0
    assert report["diagnosis"]["unseen"] == CARDS
    assert "qr-payments" in report["diagnosis"]["works"]
    assert not {"card-payments", "settlement"} & set(report["diagnosis"]["works"])


def test_a_host_of_tlcp_is_neither_down_nor_proven(shop: Shop) -> None:
    """No cause and nothing lost, but cards are not said to work, also where the POS itself runs."""
    with TlcpHost() as host:
        shop.lines, shop.primary_port = ("primary",), host.address[1]
        shop.software = f"[software.pos]\nport = {shop.backup.address[1]}\n"
        report = shop.check()

    assert causes(report) == report["diagnosis"].get("lost", []) == []
    assert set(report["diagnosis"]["works"]).isdisjoint(CARDS)
    assert {"payment-line.down", "card-payments.no-line"} <= untested(report)


def test_a_healthy_counter_has_no_cause(shop: Shop) -> None:
    """Exit 0, and what works was proven; nothing a probe must not send was sent."""
    report = shop.check()

    assert causes(report) == []
    assert report["exit"] == 0
    assert {"card-payments", "qr-payments", "receipts", "settlement"} <= set(report["diagnosis"]["works"])
    assert shop.primary.forbidden == shop.backup.forbidden == 0
