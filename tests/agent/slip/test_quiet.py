"""The POS keeps us off the printer, and a POS that forgets us does not keep us off for ever."""

from __future__ import annotations

from agent.slip.quiet import HOLD_OFF, PRINTING, Quiet


def test_nothing_was_said() -> None:
    assert (Quiet().left(5.0), Quiet().because(5.0)) == (0.0, "")


def test_a_hold_ends_by_itself() -> None:
    """To the second."""
    quiet = Quiet()
    quiet.say(HOLD_OFF, 60, 100.0)

    assert (quiet.left(100.0), quiet.because(159.9)) == (60.0, "the POS asked for quiet")
    assert (quiet.left(160.0), quiet.because(160.0)) == (0.0, "")


def test_a_hold_is_ten_minutes_at_most() -> None:
    """A POS that died with its hand up."""
    quiet = Quiet()
    quiet.say(HOLD_OFF, 1e9, 0.0)

    assert quiet.left(0.0) == 600.0


def test_the_end_of_one_print_job_does_not_end_the_sale() -> None:
    """Two holds, each ended by its own zero."""
    quiet = Quiet()
    quiet.say(HOLD_OFF, 300, 0.0)
    quiet.say(PRINTING, 30, 0.0)
    quiet.say(PRINTING, 0, 10.0)

    assert (quiet.left(10.0), quiet.because(10.0)) == (290.0, "the POS asked for quiet")
    quiet.say(HOLD_OFF, 0, 11.0)
    assert quiet.left(11.0) == 0.0
