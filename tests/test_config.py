"""A wrong setting stops the boot with a sentence that names it; what is not set has a default that works."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app import config
from app.config import Settings, WrongSetting, load

WRONG = [
    ("DATABASE_URL", "mysql://x"),
    ("DATABASE_URL", "firstcall.db"),
    ("DATABASE_URL", "sqlite:///:memory:"),
    ("SECRET_KEY", "too short"),
    ("PORT", "http"),
    ("PORT", "0"),
    ("PORT", "70000"),
    ("PUBLIC_URL", "firstcall.example.com"),
    ("PUBLIC_URL", "ftp://firstcall.example.com"),
    ("PUBLIC_URL", "https://firstcall.example.com/app"),
    ("PUBLIC_URL", "https://"),
    ("PUBLIC_URL", "http://firstcall.example.com"),
    ("PUBLIC_URL", "http://192.168.1.10:8000"),
    ("PUBLIC_URL", "https://[::1"),
    ("PUBLIC_URL", "https://firstcall.example.com:99999"),
    ("PUBLIC_URL", "https://firstcall.example.com:0"),
    ("PUBLIC_URL", "https://me@firstcall.example.com"),
    ("PUBLIC_URL", "https://firstcall.example.com#x"),
    ("VAPID_SUBJECT", "mailto:ops@localhost"),
    ("VAPID_SUBJECT", "mailto: ops@example.com"),
    ("VAPID_SUBJECT", "ops@example.com"),
    ("VAPID_SUBJECT", "https://localhost"),
    ("PUSH_DETAIL", "some"),
    ("ASYNC_MODE", "tornado"),
    ("LOG_LEVEL", "LOUD"),
    ("SMTP_URL", "mail.example.com"),
    ("MAIL_REPLY_TO", "Answers <a@example.com>"),
    ("SMTP_URL", "http://mail.example.com"),
    ("DEMO_SPEED", "0"),
    ("DEMO_SPEED", "fast"),
    ("DEMO_SPEED", "nan"),
    ("FIRSTCALL_DEMO", "maybe"),
    ("WAKE_POLL_MS", "0"),
    ("LEASE_SECONDS", "-1"),
    ("LEASE_SECONDS", "inf"),
    ("SUBMISSION_GRACE", "x"),
    ("RAW_DAYS", "0"),
    ("TRUSTED_PROXIES", "9"),
    ("ESCALATION_RUNGS", "10,30,60"),
    ("ESCALATION_RUNGS", "10,30,60,120,x"),
    ("ESCALATION_RUNGS", "30,10,60,120,300"),
    ("ESCALATION_RUNGS", "0,10,60,120,300"),
    ("TWILIO_ACCOUNT_SID", "AC1"),
]


def loaded(tmp_path: Path, **changed: str) -> Settings:
    return load({"VAR_DIR": str(tmp_path / "var"), "SECRET_KEY": "s" * 40, **changed})


def test_nothing_set_is_a_working_house_on_loopback(tmp_path: Path) -> None:
    settings = load({"VAR_DIR": str(tmp_path / "var")})
    assert settings.sqlite and settings.database_url.endswith("firstcall.db")
    assert settings.public_url == "http://localhost:8000" and not settings.secure
    assert settings.demo is True and settings.async_mode == "gevent" and settings.proxies == 0
    assert load({"VAR_DIR": str(tmp_path / "var"), "PORT": "8123"}).public_url == "http://localhost:8123"


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_setting_stops_the_boot_and_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(WrongSetting) as stopped:
        loaded(tmp_path, **{name: value})
    sentence = str(stopped.value)
    assert name in sentence and sentence.endswith((".", "…")) and len(sentence) > 30


def test_settings_that_need_each_other_say_so(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="MAIL_FROM"):
        loaded(tmp_path, SMTP_URL="smtp://mail.example.com")
    with pytest.raises(WrongSetting, match="ASYNC_MODE"):
        loaded(tmp_path, ASYNC_MODE="eventlet", DATABASE_URL="postgresql://u@127.0.0.1/x")
    assert loaded(tmp_path, ASYNC_MODE="eventlet").async_mode == "eventlet"


def test_a_public_address_needs_https_and_this_machine_does_not(tmp_path: Path) -> None:
    served = loaded(tmp_path, PUBLIC_URL="https://firstcall.example.com/")
    assert served.public_url == "https://firstcall.example.com" and served.secure
    assert served.public_host == "firstcall.example.com"
    assert (
        loaded(tmp_path, FIRSTCALL_DEMO="0").demo is False
        and loaded(tmp_path, FIRSTCALL_DEMO="yes").demo is True
    )
    for host in ("localhost:9000", "127.0.0.1:9000", "phone.localhost:9000", "[::1]:9000"):
        assert loaded(tmp_path, PUBLIC_URL=f"http://{host}").public_url == f"http://{host}"


def test_the_secret_is_made_once_and_is_for_our_eyes_only(tmp_path: Path) -> None:
    environment = {"VAR_DIR": str(tmp_path / "var")}
    first, second = load(environment), load(environment)
    assert first.secret_key == second.secret_key and len(first.secret_key) >= 32
    (file,) = (tmp_path / "var").glob("*secret*")
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(file.parent).st_mode) == 0o700
    file.write_text("short")
    with pytest.raises(WrongSetting, match="SECRET_KEY_FILE"):
        load(environment)


def test_the_house_reads_postgres_addresses_in_any_spelling(tmp_path: Path) -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        url = loaded(tmp_path, DATABASE_URL=f"{scheme}://u:p@db/x").database_url
        assert url == "postgresql+psycopg://u:p@db/x"


def test_lists_and_numbers_are_read_as_people_write_them(tmp_path: Path) -> None:
    read = loaded(
        tmp_path, PUSH_EXTRA_HOSTS="127.0.0.1:9, localhost:10", ESCALATION_RUNGS="1,2,3,4,5", RAW_DAYS="30"
    )
    assert read.push_extra_hosts == ("127.0.0.1:9", "localhost:10")
    assert read.escalation_rungs == (1, 2, 3, 4, 5) and read.raw_days == 30
    assert "database_url" in config.names()


def test_a_wrong_setting_ends_the_program_in_one_sentence(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "showroom", "list"],
        env={**os.environ, "VAR_DIR": str(tmp_path), "PUBLIC_URL": "http://firstcall.example.com"},
        cwd=config.ROOT, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert ended.returncode != 0 and "Traceback" not in ended.stderr
    assert "PUBLIC_URL" in ended.stderr and "HTTPS" in ended.stderr


TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "a1" * 16,
    "TWILIO_AUTH_TOKEN": "0123456789abcdef",
    "TWILIO_FROM": "+31850000000",
    "PUBLIC_URL": "https://firstcall.example.com",
}


def test_telephony_is_an_account_its_token_and_a_number_or_nothing(tmp_path: Path) -> None:
    assert loaded(tmp_path).telephony is False
    settings = loaded(tmp_path, **TWILIO)
    assert settings.telephony is True and settings.twilio_api_base == "https://api.twilio.com"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("TWILIO_ACCOUNT_SID", "", "TWILIO_ACCOUNT_SID is missing"),
        ("TWILIO_AUTH_TOKEN", "", "TWILIO_AUTH_TOKEN is missing"),
        ("TWILIO_FROM", "", "TWILIO_FROM is missing"),
        ("TWILIO_FROM", "Doesburg", "TWILIO_FROM must look like +31851234567"),
        ("TWILIO_MESSAGING_SERVICE_SID", "MG1", "TWILIO_MESSAGING_SERVICE_SID must look like"),
        ("TWILIO_API_BASE", "http://twilio.example.com", "TWILIO_API_BASE must begin with https://"),
        ("PUBLIC_URL", "", "Twilio must reach this server"),
    ],
)
def test_half_an_account_stops_the_boot(name: str, value: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=re.escape(sentence)):
        loaded(tmp_path, **{**TWILIO, name: value})
