"""Sanne signs in with her face: a passkey is added after the first link, opens her app again, and nobody else's.

The authenticator is a real one in software (tests/wire/authenticator.py); it lies in one field at a time.
"""

import json
import threading
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
import time_machine
from flask import Flask
from hypothesis import strategies as st
from sqlalchemy import func, select

from app import clock
from app.access import passkeys
from app.api.edge import limiter
from app.assignment.leave import leave
from app.db import db, write
from app.errors import Problem
from app.models import Device, Event, Passkey, Person
from tests.api.phone import Phone, fresh
from tests.people import House, doesburg, elsewhere
from tests.wire.authenticator import PRESENT, Authenticator, b64, unb64

Said = dict[str, Any]


@pytest.fixture
def house(app: Flask) -> House:
    return doesburg()


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, (answer.json or {}).get("type", "").rpartition("#")[2]


def asked_to_add(phone: Phone) -> Said:
    options: Said = phone.post("passkeys/options").json
    return options


def add(phone: Phone, key: Authenticator, options: Said | None = None, name: str = "Pixel 9") -> Any:
    return phone.post("passkeys", {"credential": key.create(options or asked_to_add(phone)), "name": name})


def with_passkey(app: Flask, person: Person, **more: Any) -> tuple[Phone, Authenticator]:
    """A signed-in phone that made a passkey."""
    phone, key = Phone(app, person), Authenticator(**more)
    answer = add(phone, key)
    assert answer.status_code == 201, answer.text
    return phone, key


def asked_to_sign_in(app: Flask) -> Said:
    fresh()
    options: Said = app.test_client().post("/api/v1/sessions/options").json
    return options


def answer_with(app: Flask, said: Said, client: Any = None) -> Any:
    fresh()
    return (client or app.test_client()).post(
        "/api/v1/sessions", json={"passkey": said, "device_name": "iPad"}
    )


def sign_in(app: Flask, key: Authenticator, options: Said | None = None, client: Any = None) -> Any:
    return answer_with(app, key.get(options or asked_to_sign_in(app)), client)


def test_a_passkey_added_on_a_phone_opens_the_app_again(app: Flask, house: House) -> None:
    sanne, key = with_passkey(app, house.sanne)
    (listed,) = sanne.get("passkeys")["passkeys"]
    assert listed["name"] == "Pixel 9" and listed["last_used_at"] is None
    browser = app.test_client()
    answer = sign_in(app, key, client=browser)
    assert answer.status_code == 201 and answer.json["person"]["first_name"] == "Sanne"
    assert browser.get("/api/v1/me").json["device"]["name"] == "iPad"
    (listed,) = sanne.get("passkeys")["passkeys"]
    assert listed["last_used_at"] is not None
    assert sign_in(app, key).status_code == 201, "again, with a new question"
    kinds = list(
        db.session.scalars(select(Event.type).where(Event.person_id == house.sanne.id).order_by(Event.id))
    )
    assert kinds == ["passkey_added", "signed_in", "signed_in"]


def test_what_the_phone_is_asked_for_is_a_key_it_finds_itself_and_checks_its_owner(
    app: Flask, house: House
) -> None:
    phone, key = with_passkey(app, house.sanne)
    again = asked_to_add(phone)
    assert again["rp"] == {"name": "Firstcall", "id": "localhost"}
    assert again["authenticatorSelection"] == {
        "residentKey": "required", "requireResidentKey": True, "userVerification": "required",
    }  # fmt: skip
    assert again["attestation"] == "none" and unb64(again["user"]["id"]) == house.sanne.id.bytes
    assert [have["id"] for have in again["excludeCredentials"]] == [b64(key.id)], "not twice on one phone"
    assert asked_to_add(Phone(app, house.eva))["excludeCredentials"] == [], "her colleague's are not hers"
    signing_in = asked_to_sign_in(app)
    assert signing_in["userVerification"] == "required" and signing_in["rpId"] == "localhost"
    assert not signing_in.get("allowCredentials"), "nobody's keys are listed to whoever asks"


def test_an_answer_counts_once(app: Flask, house: House) -> None:
    phone, key = with_passkey(app, house.sanne, counts=False)
    said = key.get(asked_to_sign_in(app))
    assert answer_with(app, said).status_code == 201
    assert code(answer_with(app, said)) == (410, "ask_again")
    options = asked_to_add(phone)
    other = Authenticator()
    assert add(phone, other, options).status_code == 201
    assert code(add(phone, other, options)) == (409, "passkey_known")


def test_an_older_question_is_not_answered_after_a_newer_one(app: Flask, house: House) -> None:
    _phone, key = with_passkey(app, house.sanne, counts=False)
    older = asked_to_sign_in(app)
    newer = asked_to_sign_in(app)
    assert sign_in(app, key, newer).status_code == 201
    assert code(sign_in(app, key, older)) == (410, "ask_again")


def test_a_question_lasts_five_minutes(app: Flask, house: House) -> None:
    with time_machine.travel(clock.now(), tick=False) as time:
        phone, key = with_passkey(app, house.sanne)
        signing_in, adding = asked_to_sign_in(app), asked_to_add(phone)
        time.shift(timedelta(minutes=5))
        assert sign_in(app, key, signing_in).status_code == 201
        signing_in = asked_to_sign_in(app)
        time.shift(timedelta(minutes=5, microseconds=1))
        assert code(sign_in(app, key, signing_in)) == (410, "ask_again")
        assert code(add(phone, Authenticator(), adding)) == (410, "ask_again")


def test_a_question_is_ours_and_for_one_purpose(app: Flask, house: House) -> None:
    phone, key = with_passkey(app, house.sanne)
    eva = Phone(app, house.eva)
    for foreign in (asked_to_sign_in(app), asked_to_add(eva)):
        options = {**asked_to_add(phone), "challenge": foreign["challenge"]}
        assert code(add(phone, Authenticator(), options)) == (403, "passkey_refused")
    theirs = asked_to_add(phone)
    assert code(sign_in(app, key, theirs)) == (403, "passkey_refused")
    asked = unb64(asked_to_sign_in(app)["challenge"])
    bent = [asked[:at] + bytes([asked[at] ^ 1]) + asked[at + 1 :] for at in (0, 7, 8, 23, 24, 55)]
    for wrong in (*bent, asked[:-1], asked + b"x", b"", bytes(56)):
        said = key.get({"challenge": b64(wrong)})
        assert code(answer_with(app, said)) == (403, "passkey_refused"), wrong
        limiter.reset()  # the limit on tries is another test's


LIES: list[Said] = [
    {"origin": "https://firstcall.example.net"},
    {"origin": "http://localhost:8001"},
    {"origin": "http://127.0.0.1:8000"},
    {"rp_id": "firstcall.example.net"},
    {"flags": PRESENT},  # the phone did not look who holds it
    {"flags": 0},
]


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_another_site_or_an_unlocked_phone_is_refused(app: Flask, house: House, lie: Said) -> None:
    phone, key = with_passkey(app, house.sanne)
    assert code(add(phone, Authenticator(**lie))) == (403, "passkey_refused")
    for name, value in lie.items():
        setattr(key, name, value)
    assert code(sign_in(app, key)) == (403, "passkey_refused")
    assert db.session.scalar(select(func.count()).select_from(Device)) == 1


def test_a_copied_key_whose_counter_goes_back_is_refused(app: Flask, house: House) -> None:
    _phone, key = with_passkey(app, house.sanne, counter=5)
    assert sign_in(app, key).status_code == 201
    for back in (3, 5):  # get() counts one further: 4, and 6 again
        key.counter = back
        assert code(sign_in(app, key)) == (403, "passkey_refused")
    key.counter = 6
    assert sign_in(app, key).status_code == 201


def test_a_signature_of_another_key_is_refused(app: Flask, house: House) -> None:
    _phone, key = with_passkey(app, house.sanne)
    forged = Authenticator(id=key.id, handle=key.handle, counter=9)
    assert code(sign_in(app, forged)) == (403, "passkey_refused")
    said = key.get(asked_to_sign_in(app))
    said["response"]["authenticatorData"] = b64(unb64(said["response"]["authenticatorData"])[:-1] + b"\x7f")
    assert code(answer_with(app, said)) == (403, "passkey_refused")


def test_a_passkey_opens_its_own_persons_app_only(app: Flask, house: House) -> None:
    _phone, key = with_passkey(app, house.sanne)
    key.handle = b64(house.eva.id.bytes)
    assert code(sign_in(app, key)) == (404, "unknown_passkey")
    key.handle = ""
    assert code(sign_in(app, key)) == (404, "unknown_passkey")


def test_nobody_learns_whose_a_passkey_is(app: Flask, house: House) -> None:
    phone, key = with_passkey(app, house.sanne)
    _, evas = with_passkey(app, house.eva)
    never = Authenticator(handle=key.handle)
    (listed,) = phone.get("passkeys")["passkeys"]
    assert phone.client.delete(f"/api/v1/passkeys/{listed['id']}").status_code == 200
    with write():
        db.session.get_one(Person, house.eva.id).left_at = clock.now()
    answers = [sign_in(app, one) for one in (never, key, evas)]
    assert {code(answer) for answer in answers} == {(404, "unknown_passkey")}
    assert len({json.dumps(answer.json) for answer in answers}) == 1


def test_a_removed_passkey_leaves_who_is_signed_in_alone(app: Flask, house: House) -> None:
    phone, key = with_passkey(app, house.sanne)
    browser = app.test_client()
    assert sign_in(app, key, client=browser).status_code == 201
    (listed,) = phone.get("passkeys")["passkeys"]
    fresh()
    assert phone.client.delete(f"/api/v1/passkeys/{listed['id']}").status_code == 200
    assert phone.get("passkeys")["passkeys"] == []
    assert browser.get("/api/v1/me").status_code == 200
    fresh()
    assert phone.client.delete(f"/api/v1/passkeys/{listed['id']}").status_code == 404


def test_a_colleague_cannot_see_or_remove_it(app: Flask, house: House) -> None:
    phone, _key = with_passkey(app, house.sanne)
    (listed,) = phone.get("passkeys")["passkeys"]
    for other in (house.eva, house.bram, elsewhere().dora):
        theirs = Phone(app, other)
        assert theirs.get("passkeys")["passkeys"] == []
        assert theirs.client.delete(f"/api/v1/passkeys/{listed['id']}").status_code == 404, other.first_name
    assert len(phone.get("passkeys")["passkeys"]) == 1


def test_somebody_elses_key_cannot_be_added_under_another_name(app: Flask, house: House) -> None:
    _phone, key = with_passkey(app, house.sanne)
    assert code(add(Phone(app, house.eva), key)) == (409, "passkey_known")


def test_who_leaves_takes_no_passkey_along(app: Flask, house: House) -> None:
    phone, key = with_passkey(app, house.sanne)
    _, evas = with_passkey(app, house.eva)
    with write():
        leave(
            db.session.get_one(Person, house.sanne.id), db.session.get_one(Person, house.bram.id), clock.now()
        )
    fresh()
    assert list(db.session.scalars(select(Passkey.person_id))) == [house.eva.id]
    assert code(sign_in(app, key)) == (404, "unknown_passkey")
    assert sign_in(app, evas).status_code == 201
    assert phone.client.get("/api/v1/passkeys").status_code == 401


def together(app: Flask, answers: list[Said]) -> list[int]:
    """Status of several sign-ins that start at the same moment."""
    start, codes = threading.Barrier(len(answers)), []

    def tap(said: Said) -> None:
        start.wait(10)
        codes.append(app.test_client().post("/api/v1/sessions", json={"passkey": said}).status_code)

    threads = [threading.Thread(target=tap, args=(said,)) for said in answers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(codes)


def test_two_that_send_one_answer_at_once_have_one_winner(app: Flask, house: House) -> None:
    _phone, key = with_passkey(app, house.sanne, counts=False)
    said = key.get(asked_to_sign_in(app))
    fresh()
    assert together(app, [said] * 4) == [201, 410, 410, 410]
    fresh()
    assert db.session.scalar(select(func.count()).select_from(Device)) == 2


def test_a_second_process_that_checked_the_same_answer_loses(app: Flask, house: House) -> None:
    """Two web processes have no common lock: the row decides, whatever was read before."""
    _phone, key = with_passkey(app, house.sanne)
    first, second = key.get(asked_to_sign_in(app)), key.get(asked_to_sign_in(app))
    with write():
        row = db.session.scalars(select(Passkey)).one()
        moved = db.update(Passkey).where(Passkey.id == row.id).values(sign_count=1)
        db.session.execute(moved, execution_options={"synchronize_session": False})
        with pytest.raises(Problem) as refused:
            passkeys.recognise(first, clock.now())
    assert refused.value.code == "ask_again", "what it had read is no longer so"
    assert answer_with(app, second).status_code == 201


def test_guessing_is_slowed_down(app: Flask, house: House) -> None:
    _phone, key = with_passkey(app, house.sanne)
    options = asked_to_sign_in(app)
    wrong = Authenticator(id=key.id, handle=key.handle)
    assert [sign_in(app, wrong, options).status_code for _ in range(12)][-1] == 429
    asked = [app.test_client().post("/api/v1/sessions/options").status_code for _ in range(40)]
    assert asked[0] == 200 and asked[-1] == 429


WRONG: list[Any] = [
    {}, "x", {"id": "", "rawId": "", "type": "public-key", "response": {}}, {"type": "password"},
    {"id": "!", "rawId": "!", "type": "public-key",
     "response": {"clientDataJSON": "", "authenticatorData": "", "signature": ""}},
]  # fmt: skip


def test_what_is_no_answer_at_all_is_unreadable(app: Flask, house: House) -> None:
    phone = Phone(app, house.sanne)
    for said in WRONG:
        assert answer_with(app, said).status_code == 422, said
        assert phone.post("passkeys", {"credential": said}).status_code == 422, said


def test_nonsense_in_any_field_is_refused_and_breaks_nothing(app: Flask, house: House) -> None:
    """Bytes from a hostile browser in the place of the real ones; at the door itself, past the limit on tries."""
    _phone, key = with_passkey(app, house.sanne, counts=False)

    @hypothesis.settings(max_examples=300)
    @hypothesis.given(adding=st.booleans(), data=st.data())
    def refused(adding: bool, data: st.DataObject) -> None:
        now, sanne = clock.now(), db.session.get_one(Person, house.sanne.id)
        one = Authenticator() if adding else key
        said = (
            one.create(passkeys.options_to_add(sanne, now))
            if adding
            else key.get(passkeys.options_to_sign_in(now))
        )
        name = data.draw(st.sampled_from(sorted(set(said["response"]) - {"transports"})), label="field")
        real = unb64(said["response"][name])
        at = data.draw(st.integers(0, 400), label="at") % len(real)
        other = data.draw(st.binary(min_size=1, max_size=40), label="bytes")
        cut = data.draw(st.integers(0, 40), label="cut")
        bent = real[:at] + other + real[at + cut :]
        said["response"][name] = b64(bent)
        try:
            with write():
                passkeys.add(sanne, said, "", now) if adding else passkeys.recognise(said, now)
        except Problem:
            return
        finally:
            db.session.rollback()
        assert adding or bent == real, "a new key is whatever the phone says it is; an answer is signed"

    refused()
