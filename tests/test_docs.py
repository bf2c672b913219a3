"""The documents say what the code does: settings, commands, links, codes, examples."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_args, get_origin

import msgspec
import pytest
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo

from agent.own_conditions import ALL_CONDITIONS
from agent.settings.settings import Settings, load
from console import explain
from console.__main__ import COMMANDS
from probes.base import Probe
from probes.catalogue import ALL_PROBES
from probes.memory import Memory
from probes.till import Till
from protocols.escpos.vendors import MODELS
from protocols.iso8583.dialects import DIALECTS
from vocabulary.condition import Owner
from vocabulary.contact import Contact
from vocabulary.reading import Reading, Status
from vocabulary.store_calendar import StoreCalendar
from vocabulary.texts import LANGUAGES, translate

ROOT: Final = Path(__file__).parents[1]
SAMPLE: Final = ROOT / "console" / "sample.toml"
SETTINGS: Final = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
READMES: Final = ("README.md", "README.zh-CN.md")
BY_HAND: Final = sorted(
    str(path.relative_to(ROOT))
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if path.parent.name != "conditions"
)
EVERY_PAGE: Final = pytest.mark.parametrize("page", BY_HAND)
OURS: Final = (
    "vocabulary|protocols|broker|privileged|probes|agent|console|headoffice|simulators"
    "|systemd|docs|tests|tools|benchmarks"
)
OF_OTHERS: Final = {"docs/net-protocol.txt"}  # NUT's
DECISIONS: Final = sorted((ROOT / "docs" / "decisions").glob("*.md"))


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def code_blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(page), re.MULTILINE | re.DOTALL)


# --- settings


def structs_in(kind: Any) -> Iterator[tuple[type[Struct], bool]]:
    """Every struct of a type, and whether it comes in a list."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        yield kind, False
    for argument in get_args(kind):
        for found, is_list in structs_in(argument):
            yield found, is_list or get_origin(kind) is tuple


def tables(path: str, struct: type[Struct], *, is_list: bool = False) -> Iterator[tuple[str, type[Struct]]]:
    yield (f"[[{path}]]" if is_list else f"[{path}]"), struct
    for field in msgspec.structs.fields(struct):
        for nested, nested_is_list in structs_in(field.type):
            if nested is StoreCalendar:
                continue  # described once, under [calendar]
            yield from tables(f"{path}.{field.encode_name}", nested, is_list=nested_is_list)


def all_tables() -> dict[str, type[Struct]]:
    """Heading to struct, for everything a settings file may hold but `[every_seconds]`."""
    found = dict(tables("contacts.OWNER", Contact))
    for field in msgspec.structs.fields(Settings):
        if isinstance(field.type, type) and issubclass(field.type, Struct):
            found |= dict(tables(field.encode_name, field.type))
    for probe in ALL_PROBES:
        found |= dict(tables(probe.id, probe.options))
    return found


def rows_under(heading: str) -> dict[str, list[str]]:
    """Key to its cells below one heading of docs/settings.md."""
    _, _, rest = SETTINGS.partition(f"# `{heading}`\n")
    section = re.split(r"^##", rest, maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line.strip("| ") for line in section.splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.split(" | ")] for line in lines]
    return {row[0].strip("`"): row[1:] for row in rows}


def default_of(field: FieldInfo) -> str:
    if field.required:
        return "must be set"
    default = field.default if field.default is not NODEFAULT else field.default_factory()
    if default is None:
        return "not set"
    return f"`{toml(default)}`"


def toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float() | int():
            return f"{value:g}"
        case str():
            return f'"{value}"'
        case tuple():
            return f"[{', '.join(map(toml, value))}]"
        case _:
            return str(value)


@pytest.mark.parametrize(("heading", "struct"), all_tables().items(), ids=all_tables())
def test_every_setting_is_described(heading: str, struct: type[Struct]) -> None:
    """Each key of each table, with a unit, its true default and a meaning; none that is no longer there."""
    rows = rows_under(heading)

    assert {key: cells[1] for key, cells in rows.items()} == {
        field.encode_name: default_of(field) for field in msgspec.structs.fields(struct)
    }
    assert all(len(cells) == 3 and cells[0] and cells[2] for cells in rows.values())


def test_settings_are_all_accounted_for() -> None:
    """A table that comes new into the settings must be described too."""
    plain = {field.name for field in msgspec.structs.fields(Settings) if not isinstance(field.type, type)}

    assert plain == {"contacts", "every_seconds", "options"}
    assert set(re.findall(r"^#+ `(\[.*\])`$", SETTINGS, re.MULTILINE)) == {*all_tables(), "[every_seconds]"}


def test_every_interval_is_described() -> None:
    """The catalogue's own intervals."""
    rows = rows_under("[every_seconds]")

    assert {key: cells[1] for key, cells in rows.items()} == {
        probe.id: f"`{probe.every_seconds:g}`" for probe in ALL_PROBES
    }


def test_the_sample_shows_every_interval() -> None:
    """As it is without a word in the settings."""
    shown = re.search(
        r"^\[every_seconds\]\n((?:#\w+ = \d+\n)+)", SAMPLE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert shown

    assert dict(re.findall(r"#(\w+) = (\d+)", shown[1])) == {
        probe.id: f"{probe.every_seconds:g}" for probe in ALL_PROBES
    }


def test_every_owner_dialect_and_model_is_named() -> None:
    """They are keys and values that nobody could guess."""
    for name in (*Owner, *DIALECTS, *MODELS):
        assert f"`{name}`" in SETTINGS


def in_use(sample: str) -> str:
    """The sample with everything that is commented out put to use."""
    return re.sub(r"^#(?=\S)", "", sample, flags=re.MULTILINE)


def test_the_sample_has_no_mistakes() -> None:
    """`poshealth config init` writes it: it must load as it stands."""
    assert load(SAMPLE).terminal.id


def test_the_sample_has_no_mistakes_when_all_of_it_is_used(tmp_path: Path) -> None:
    """A person only takes the "#" away."""
    path = tmp_path / "poshealth.toml"
    path.write_text(in_use(SAMPLE.read_text(encoding="utf-8")), encoding="utf-8")

    assert len(load(path).options) == len(ALL_PROBES)


@pytest.mark.parametrize(("heading", "struct"), all_tables().items(), ids=all_tables())
def test_the_sample_shows_every_key(heading: str, struct: type[Struct]) -> None:
    """Only a dialect of one's own is left to docs/settings.md."""
    if heading == "[payment_lines.lines.echo]":
        return
    name = re.escape(heading.strip("[]").replace("OWNER", "technician"))
    sample = in_use(SAMPLE.read_text(encoding="utf-8"))
    sections = re.findall(rf"^\[+{name}\]+\n(.*?)(?=^\[|\Z)", sample, re.MULTILINE | re.DOTALL)
    shown = {key for section in sections for key in re.findall(r"^([\w-]+) =", section, re.MULTILINE)}
    nested = {f.encode_name for f in msgspec.structs.fields(struct) if any(structs_in(f.type))} - {"echo"}

    assert shown == {field.encode_name for field in msgspec.structs.fields(struct)} - nested


# --- pages


@EVERY_PAGE
def test_every_link_leads_somewhere(page: str) -> None:
    """Relative ones: to a file of this repository, and to a heading that is there."""
    folder = (ROOT / page).parent
    for target in re.findall(r"(?:\]\(|src=\")([^)\"\s]+)[)\"]", text_of(page)):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = (folder / name) if name else ROOT / page
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target


def anchors(path: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@EVERY_PAGE
def test_every_code_is_a_condition(page: str) -> None:
    """No page names a condition that nobody can report."""
    prefixes = {code.partition(".")[0] for code in ALL_CONDITIONS}
    in_backticks_or_brackets = r"`([a-z-]+\.[a-z0-9-]+)`|(?<![`\[])\[([a-z-]+\.[a-z0-9-]+)\](?!`)"
    named = {code or said for code, said in re.findall(in_backticks_or_brackets, text_of(page))}
    codes = {code for code in named if code.partition(".")[0] in prefixes}

    assert codes - ALL_CONDITIONS.keys() == set()


@EVERY_PAGE
def test_every_make_target_is_there(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))

    assert set(re.findall(r"(?:`|^|\$ )make ([a-z-]+)", text_of(page), re.MULTILINE)) <= targets


@EVERY_PAGE
def test_every_command_shown_exists(page: str) -> None:
    """In a terminal session, in backticks, or indented."""
    shown = re.findall(
        r"(?:`|^ *(?:\$ )?)(?:sudo )?(?:/\S+/)?poshealth ([a-z-]*[a-z])", text_of(page), re.MULTILINE
    )

    assert set(shown) <= COMMANDS.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_a_condition_tells_exists(language: str) -> None:
    """Whoever follows a remedy types it."""
    told = {
        (condition.code, command)
        for condition in ALL_CONDITIONS.values()
        for name in ("text", "remedy", "avoid", "prepare")
        for command in re.findall(
            r"(?:[`(]|: |[Rr]un |运行 )(?:sudo )?poshealth ([a-z-]+)",
            translate(getattr(condition, name), language),
        )
    }

    assert {command for _, command in told} >= {"check", "config", "change", "maintenance"}
    assert {each for each in told if each[1] not in COMMANDS} == set()


@EVERY_PAGE
def test_every_file_named_is_there(page: str) -> None:
    """Paths in backticks that begin with a folder of ours; `<id>` stands for anything."""
    for name in re.findall(rf"`((?:{OURS})/[^`\s]+)`", text_of(page)):
        pattern = re.sub(r"<[^>]+>", "*", name).rstrip("/")
        assert name in OF_OTHERS or list(ROOT.glob(pattern)), name


@pytest.mark.parametrize("page", READMES)
def test_demo_and_test_stand_first(page: str) -> None:
    """Two commands, before anything else can be tried."""
    commands = [line for block in code_blocks(page, "(?:sh|console)") for line in block.splitlines()]

    assert [line.removeprefix("$ ").split("#")[0].strip() for line in commands[:2]] == [
        "make demo",
        "make test",
    ]


@pytest.mark.parametrize("page", READMES)
def test_every_command_is_in_the_readme(page: str) -> None:
    named = set(re.findall(r"`poshealth ([a-z-]*[a-z])", text_of(page)))

    assert named == COMMANDS.keys()


def test_the_chinese_readme_keeps_up() -> None:
    """Question by question, picture by picture, session by session."""
    counts = [
        (
            len(re.findall(r"^## .*[?？]$", text_of(page), re.MULTILINE)),
            len(re.findall(r"!\[", text_of(page))),
            text_of(page).count("```"),
        )
        for page in READMES
    ]

    assert counts[0] == counts[1]


SESSIONS: Final = [(page, block) for page in BY_HAND for block in code_blocks(page, "console")]


@pytest.mark.parametrize(("page", "block"), SESSIONS)
def test_what_explain_prints_is_what_is_shown(page: str, block: str) -> None:
    """Lines may be left out for "...", none may be made up."""
    for session in re.findall(r"^\$ poshealth explain (.*)\n((?:[^$].*\n|\n)*)", block, re.MULTILINE):
        words, lines = session
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            explain.main(shlex.split(words))
        said = iter(printed.getvalue().splitlines())
        assert all(line in said for line in lines.splitlines() if line and line != "..."), page


# --- how to add a probe


CONTRIBUTING: Final = text_of("CONTRIBUTING.md")


@pytest.mark.parametrize("probe", ALL_PROBES, ids=lambda probe: probe.id)
def test_the_steps_are_how_every_probe_was_added(probe: Probe[Any]) -> None:
    """Each file that CONTRIBUTING tells one to write is there for each probe."""
    patterns = set(re.findall(r"`([a-z]+/[^`]*<id>[^`]*)`", CONTRIBUTING))

    assert len(patterns) >= 4
    for pattern in patterns:
        filled = re.sub(r"<[^>]+>", "*", pattern.replace("<id>", probe.id)).rstrip("/")
        assert list(ROOT.glob(filled)), filled


def test_five_steps() -> None:
    assert re.findall(r"^(\d)\. ", CONTRIBUTING.partition("## A probe")[2], re.MULTILINE)[:5] == list("12345")


def example() -> Probe[Any]:
    """The probe CONTRIBUTING shows, as it stands there."""
    (source,) = code_blocks("CONTRIBUTING.md", "python")
    module: dict[str, Any] = {"__name__": "example"}
    exec(compile(source, "CONTRIBUTING.md", "exec"), module)
    probe = module["PROBE"]
    assert isinstance(probe, Probe)
    return probe


MOUNTS: Final = MappingProxyType(
    {
        "/dev/sda1 / ext4 rw,relatime 0 0\n": Status.OK,
        "/dev/sda1 / ext4 ro,relatime 0 0\n": Status.FAILING,
        "": Status.UNKNOWN,
    }
)


@pytest.mark.parametrize(("mounts", "status"), MOUNTS.items())
def test_the_example_probe_runs(tmp_path: Path, mounts: str, status: Status) -> None:
    """What a newcomer copies must work."""
    if mounts:
        (tmp_path / "proc").mkdir()
        (tmp_path / "proc" / "mounts").write_text(mounts)
    probe = example()
    readings: list[Reading] = list(probe.read(probe.options(), Till(tmp_path), Memory()))

    assert [reading.status for reading in readings] == [status]
    assert {reading.code for reading in readings} == {condition.code for condition in probe.conditions}


# --- decisions and the changelog


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{n:04}" for n in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name)
def test_a_decision_is_one_page(path: Path) -> None:
    """What is, what is not, and why; listed in the architecture."""
    lines = path.read_text(encoding="utf-8").splitlines()

    assert len(lines) <= 40
    assert [line for line in lines if line.startswith("## ")] == ["## Is", "## Is not", "## Why"]
    assert f"decisions/{path.name}" in text_of("docs/architecture.md")


def test_the_changelog_knows_this_version() -> None:
    """Keep a Changelog: the newest section with a number is the version of pyproject.toml."""
    version = re.search(r'^version = "(.*)"', text_of("pyproject.toml"), re.MULTILINE)
    assert version

    assert re.findall(r"^## \[(\d.*?)\]", text_of("CHANGELOG.md"), re.MULTILINE)[0] == version[1]
