"""`python -m headoffice` says where it listens, or in one line why not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.headoffice.office import Office
from tests.headoffice.own_tls import tls_options

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "headoffice", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize(
    ("token", "listen", "database", "complaint"),
    [
        ("short", "127.0.0.1:0", "office.sqlite", "token"),
        ("", "127.0.0.1:0", "office.sqlite", "token"),
        ("a token of enough bytes", "127.0.0.1", "office.sqlite", "HOST:PORT"),
        ("a token of enough bytes", "127.0.0.1:99999", "office.sqlite", "HOST:PORT"),
        ("a token of enough bytes", "192.0.2.1:0", "office.sqlite", "assign"),
        ("a token of enough bytes", "127.0.0.1:0", "nowhere/office.sqlite", "unable to open"),
        ("a token of enough bytes", "127.0.0.1:0", "token", "not a database"),
    ],
    ids=["short token", "empty token", "no port", "big port", "foreign address", "no folder", "no database"],
)
def test_a_wrong_setting_is_one_line_and_exit_78(
    tmp_path: Path, token: str, listen: str, database: str, complaint: str
) -> None:
    (tmp_path / "token").write_text(token)
    done = run(
        "--listen", listen, "--database", str(tmp_path / database), "--token-file", str(tmp_path / "token")
    )
    assert (done.returncode, done.stdout) == (78, "")
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_token_file_is_named(tmp_path: Path) -> None:
    done = run("--database", str(tmp_path / "office.sqlite"), "--token-file", str(tmp_path / "nothing"))
    assert done.returncode == 78
    assert str(tmp_path / "nothing") in done.stderr


def test_it_speaks_tls_by_itself(tmp_path: Path) -> None:
    """With a certificate of its own; no server in front is needed."""
    office = Office(tmp_path, options=tls_options(tmp_path)).start()
    url = office.url.replace("http:", "https:")
    assert requests.get(url + "/healthz", verify=str(tmp_path / "chain.pem"), timeout=10).text == "ok\n"
    office.stop()
