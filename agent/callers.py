"""Whoever asks over the control socket, and what each is answered."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import cast

from agent import maintenance_log
from agent.change.requests import begin_work, end_work
from agent.control import Client, Request
from agent.drill_requests import begin_drill, end_drill
from agent.health import now
from agent.parts import PRINTER, Parts
from agent.rota import Rota
from probes.maintenance.options import MaintenanceOptions
from probes.maintenance.probe import PROBE as MAINTENANCE
from probes.receipt_printer.probe import left_alone


class Callers:
    """A check is answered when its probes are over, everything else at once or by the slip desk.

    `noted` is set where something was noted that may change the diagnosis.
    """

    def __init__(self, parts: Parts, rota: Rota) -> None:
        self._parts = parts
        self._rota = rota
        self._asking: list[tuple[Client, set[str]]] = []
        self.noted = False

    def serve(self) -> None:
        control = self._parts.control
        control.accept()
        for client in control.clients:
            if client.wants_to_write:
                client.write()
            elif (request := client.read()) is not None:
                self._obey(client, request)

    def probe_is_over(self, probe_id: str) -> None:
        for _, waiting in self._asking:
            waiting.discard(probe_id)

    def answer_checks(self) -> None:
        """A person who asked sees a fault at once: no debounce."""
        done = [client for client, waiting in self._asking if not waiting]
        self._asking = [(client, waiting) for client, waiting in self._asking if waiting]
        for client in done:
            client.answer(self._parts.heartbeats.of_now(now(), debounce=False))

    def _obey(self, client: Client, request: Request) -> None:
        parts = self._parts
        match request.do:
            case "status":
                client.answer(self._status())
            case "check":
                self._check(client, request.probes)
            case "lend" | "give-back":
                client.answer({"lent": parts.watcher.lease(request.do, request.probes)})
            case "begin-change" | "end-change":
                client.answer(self._work(client, request))
                self.noted = True
            case "drill" | "end-drill" | "right" | "wrong":
                client.answer(self._of_people(client, request))
                self.noted = True
            case "slip":
                parts.desk.ask(client, request, now())
            case "maintenance":
                self._note_maintenance(client, request)
            case "printing" | "hold-off":
                asking = self._rota.put_printer_off()
                parts.desk.hold(client, request, time.monotonic(), asking=asking)
                self._leave_printer_alone()

    def _note_maintenance(self, client: Client, request: Request) -> None:
        """What was done ends its reminder at once."""
        options = cast("MaintenanceOptions", self._parts.settings.options[MAINTENANCE.id])
        client.answer(maintenance_log.answer(options, request.entry))
        if request.entry is not None and MAINTENANCE.id in self._parts.probes:
            self._rota.ask({MAINTENANCE.id}, again=True)

    def _work(self, client: Client, request: Request) -> dict[str, object]:
        parts = self._parts
        if request.do == "end-change":
            return end_work(parts.work, parts.health, parts.heartbeats)
        held_seconds = parts.desk.quiet.left(time.monotonic())
        return begin_work(parts.work, parts.heartbeats, request, client.account, held_seconds)

    def _of_people(self, client: Client, request: Request) -> dict[str, object]:
        """What is true about the till stays as it is."""
        parts, at = self._parts, now()
        match request.do:
            case "drill":
                begun = begin_drill(
                    parts.drills, parts.heartbeats, parts.health, request, by=client.account, at=at
                )
                return begun | {"slips": parts.heartbeats.drill_slips(at)}
            case "end-drill":
                return end_drill(parts.drills, at)
        right = request.do == "right"
        return {"question": parts.questions.answer(right=right, by=client.account, at=at)}

    def _check(self, client: Client, names: Iterable[str]) -> None:
        """A request joins what is running and starts the rest at once."""
        known = self._parts.probes.keys()
        wanted = set(names) or set(known)
        if unknown := wanted - known:
            client.answer({"error": f"no such probe: {', '.join(sorted(unknown))}"})
            return
        self._asking.append((client, wanted))
        self._leave_printer_alone()
        self._rota.ask(wanted)

    def _leave_printer_alone(self) -> None:
        """Whoever waits for its probe while the POS keeps us off it hears that it is busy."""
        parts = self._parts
        asked = [waiting for _, waiting in self._asking if PRINTER in waiting]
        because = parts.desk.keeps_off(time.monotonic())
        if not asked or not because or PRINTER in parts.sweep.active:
            return
        probe = parts.probes[PRINTER]
        parts.health.leave_alone(probe, left_alone(because), self._rota.every(probe), now())
        for waiting in asked:
            waiting.discard(PRINTER)
        self.noted = True

    def _status(self) -> dict[str, object]:
        parts, rota = self._parts, self._rota
        outbox, dispatch = parts.outbox, parts.dispatch
        last, words = parts.heartbeats.last, parts.health.diagnosis(now())
        return {
            "terminal": parts.settings.terminal.id,
            "rounds": rota.rounds,
            "watching": parts.watcher.is_watching,
            "causes": words.causes,
            "lost": words.lost,
            "works": words.works,
            "untested": len(words.untested),
            "checks": words.checks,
            "code": last.report.code if last else "",
            "outbox": {"waiting": outbox.depth, "next": outbox.next_sequence, "trouble": outbox.trouble},
            "drill": parts.drills.on,
            "question": parts.questions.asked(now().wall),
            "work": parts.work.open,
            "slip": parts.desk.status(time.monotonic()),
            "head_office": {
                "whom": dispatch.whom,
                "failures": dispatch.failures,
                "trouble": dispatch.trouble,
            },
            "self": parts.mirror.state(rota.rounds, rota.missed),
        }
