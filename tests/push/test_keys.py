"""The keys that pushes are signed with are made once and never silently again: a new key would strand every phone."""

import os
import stat
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from app.config import WrongSetting
from app.db import db, write
from app.models import Subscription
from app.push import keys
from tests.people import doesburg
from tests.push.phones import phone


def test_a_key_is_a_private_file_with_its_own_name(tmp_path: Path) -> None:
    key = keys.create(tmp_path)
    (file,) = keys.folder(tmp_path).glob("*.pem")
    assert file.stem == key.id and stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(file.parent).st_mode) == 0o700
    assert len(key.public) == 87 and "=" not in key.public
    assert {k.public for k in keys.load(tmp_path).values()} == {key.public}


def test_the_newest_is_offered_and_the_old_ones_stay(tmp_path: Path) -> None:
    first = keys.create(tmp_path)
    second = keys.create(tmp_path)
    os.utime(keys.folder(tmp_path) / f"{first.id}.pem", (1, 1))
    loaded = keys.load(tmp_path)
    assert set(loaded) == {first.id, second.id} and keys.newest(loaded).id == second.id


def test_no_key_and_a_swapped_key_stop_the_boot(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="vapid new"):
        keys.newest(keys.load(tmp_path))
    first, second = keys.create(tmp_path), keys.create(tmp_path)
    folder = keys.folder(tmp_path)
    os.replace(folder / f"{first.id}.pem", folder / f"{second.id}.pem")
    with pytest.raises(WrongSetting, match="backup"):
        keys.load(tmp_path)


def test_looking_and_booting_make_no_key(app: Flask, environment: dict[str, str]) -> None:
    create_app(environment)
    assert keys.load(Path(environment["VAR_DIR"])) == {}


def test_when_the_key_of_subscribed_phones_is_lost_worker_and_setup_stop_and_make_no_new_one(
    app: Flask, environment: dict[str, str]
) -> None:
    house = doesburg()
    phone(house.sanne)
    db.session.remove()
    (file,) = keys.folder(Path(environment["VAR_DIR"])).glob("*.pem")
    file.unlink()
    runner = create_app(environment).test_cli_runner()
    for command in (["worker"], ["vapid", "ensure"]):
        result = runner.invoke(args=command)
        assert isinstance(result.exception, SystemExit) and result.exit_code != 0, command
        assert file.stem in str(result.exception) + result.output, command
    assert keys.load(Path(environment["VAR_DIR"])) == {}


def test_every_phone_keeps_the_key_it_was_made_with(app: Flask, environment: dict[str, str]) -> None:
    house = doesburg()
    kept = phone(house.sanne)
    result = app.test_cli_runner().invoke(args=["vapid", "new"])
    assert result.exit_code == 1 and "--rotate" in result.output
    assert app.test_cli_runner().invoke(args=["vapid", "new", "--rotate"]).exit_code == 0
    with write():
        assert db.session.scalars(select(Subscription.key_id)).one() == kept.key_id
    assert kept.key_id in keys.load(Path(environment["VAR_DIR"]))
