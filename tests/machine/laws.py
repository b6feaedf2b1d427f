"""What must hold after every single thing that happens, asked of the rows with plain SQL, never of the code under test.

In: a connection, the moment, and what the machine remembers. Out: sentences about what is broken. Called by ``rules``.
Each law is a query for the ``id`` of rows that break it; product.md's rule is named beside it.
"""

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, text

from app.models.base import Model

LIE_STILL = timedelta(days=5)
"""The longest a due step may be silent: two opening hours, over a long weekend."""
ABOUT_THE_END = "('stopped', 'stop_confirmed', 'closing', 'taken', 'handover', 'handed_over')"
LAWS = {
    "rule 2: an open lead belongs to its customer's open follow-up": """
        SELECT l.id FROM lead l LEFT JOIN follow_up f
          ON f.id = l.follow_up_id AND f.customer_id = l.customer_id AND f.state <> 'ended'
        WHERE l.state = 'open' AND f.id IS NULL""",
    "rule 2: a customer has one open follow-up": """
        SELECT customer_id AS id FROM follow_up WHERE state <> 'ended' GROUP BY customer_id HAVING count(*) > 1""",
    "an open follow-up is about an open lead": """
        SELECT f.id FROM follow_up f WHERE f.state <> 'ended'
          AND NOT EXISTS (SELECT 1 FROM lead l WHERE l.follow_up_id = f.id AND l.state = 'open')""",
    "an open follow-up has one ongoing assignment, its owner's; an ended one has none": """
        SELECT f.id FROM follow_up f LEFT JOIN assignment a ON a.follow_up_id = f.id AND a.ended_at IS NULL
        GROUP BY f.id, f.state, f.owner_id
        HAVING count(a.id) <> CASE WHEN f.state = 'ended' THEN 0 ELSE 1 END
            OR max(CASE WHEN a.person_id <> f.owner_id THEN 1 ELSE 0 END) = 1""",
    "the owner works here": """
        SELECT f.id FROM follow_up f JOIN person p ON p.id = f.owner_id
        WHERE f.state <> 'ended' AND (p.left_at IS NOT NULL OR p.group_id <> f.group_id)""",
    "who covers works here, and is not the owner": """
        SELECT f.id FROM follow_up f JOIN person p ON p.id = f.covered_by_id
        WHERE f.state <> 'ended' AND (p.left_at IS NOT NULL OR p.id = f.owner_id)""",
    "rule 2: an open follow-up has a next step with a time": """
        SELECT id FROM follow_up WHERE state <> 'ended' AND (next_kind IS NULL OR next_due_at IS NULL)""",
    "rule 2: something will wake it": """
        SELECT f.id FROM follow_up f WHERE f.state <> 'ended'
          AND f.prompt_at IS NULL AND f.escalate_at IS NULL AND f.hold_check_at IS NULL
          AND (f.next_due_at > :now OR NOT EXISTS (
            SELECT 1 FROM event e WHERE e.follow_up_id = f.id AND e.type = 'escalated' AND e.at >= f.ladder_from))""",
    "rule 2: it is woken in time": """
        SELECT id FROM follow_up WHERE state <> 'ended'
          AND coalesce(prompt_at, hold_check_at, escalate_at) > :latest AND next_due_at <= :now""",
    "an ended follow-up waits for nothing": """
        SELECT id FROM follow_up WHERE state = 'ended' AND (next_kind IS NOT NULL OR next_due_at IS NOT NULL
          OR next_channel IS NOT NULL OR prompt_at IS NOT NULL OR escalate_at IS NOT NULL
          OR hold_check_at IS NOT NULL OR ladder_from IS NOT NULL)""",
    "nothing waits to be said about an ended follow-up": f"""
        SELECT d.id FROM delivery d JOIN follow_up f ON f.id = d.follow_up_id
        WHERE f.state = 'ended' AND d.state = 'queued' AND d.kind NOT IN {ABOUT_THE_END}""",
    "no device is told twice for one cause": """
        SELECT subscription_id AS id FROM delivery WHERE cause IS NOT NULL AND subscription_id IS NOT NULL
        GROUP BY subscription_id, cause HAVING count(*) > 1""",
    "a delivery belongs to whom it is sent to": """
        SELECT d.id FROM delivery d JOIN subscription s ON s.id = d.subscription_id
        WHERE d.state = 'queued' AND (s.person_id <> d.person_id OR s.group_id <> d.group_id)""",
    "nobody hears of another firm's customer": """
        SELECT d.id FROM delivery d JOIN person p ON p.id = d.person_id JOIN follow_up f ON f.id = d.follow_up_id
        WHERE p.group_id <> f.group_id""",
    "who has left is told nothing": """
        SELECT d.id FROM delivery d JOIN person p ON p.id = d.person_id
        WHERE p.left_at IS NOT NULL AND (d.created_at > p.left_at OR d.state = 'queued')""",
    "a message on its way has a worker and a lease, one that waits has none": """
        SELECT id FROM delivery WHERE (state = 'sending') <> (claimed_by IS NOT NULL AND lease_until IS NOT NULL)
          AND state IN ('sending', 'queued')""",
    "stop means stop: nothing waits to be written to a customer who stopped": """
        SELECT d.id FROM delivery d WHERE d.customer_id IS NOT NULL AND d.state = 'queued'
          AND d.kind <> 'stop_confirmed' AND EXISTS (
            SELECT 1 FROM event e JOIN follow_up f ON f.id = e.follow_up_id
            WHERE e.type = 'stopped' AND f.customer_id = d.customer_id
              AND (e.data ->> 'scope' = 'everything' OR e.data ->> 'channel' = 'email')
              AND NOT EXISTS (SELECT 1 FROM event n JOIN follow_up g ON g.id = n.follow_up_id
                WHERE n.type = 'stop_lifted' AND g.customer_id = f.customer_id AND n.id > e.id)
              AND (e.data ->> 'channel' = 'email' OR NOT EXISTS (SELECT 1 FROM lead l
                WHERE l.customer_id = f.customer_id AND l.state = 'open' AND l.arrived_at >= e.at)))""",
    "stop means stop: one confirmation for each stop": """
        SELECT d.customer_id AS id FROM delivery d WHERE d.kind = 'stop_confirmed' GROUP BY d.customer_id
        HAVING count(*) > (SELECT count(*) FROM event e JOIN follow_up f ON f.id = e.follow_up_id
                           WHERE e.type = 'stopped' AND f.customer_id = d.customer_id)""",
    "stop means stop: no step on a stopped channel": """
        SELECT f.id FROM follow_up f JOIN event e ON e.follow_up_id = f.id AND e.type = 'stopped'
        WHERE f.state <> 'ended' AND e.data ->> 'channel' = f.next_channel AND NOT EXISTS (
          SELECT 1 FROM event n JOIN follow_up g ON g.id = n.follow_up_id
          WHERE n.type = 'stop_lifted' AND g.customer_id = f.customer_id AND n.id > e.id)""",
    "a request is a lead once": """
        SELECT submission_id AS id FROM lead WHERE submission_id IS NOT NULL GROUP BY submission_id HAVING count(*) > 1""",
    "what was read became a lead": """
        SELECT s.id FROM submission s LEFT JOIN lead l ON l.submission_id = s.id
        WHERE s.state IN ('read', 'needs_look') AND l.id IS NULL""",
    "one number, one customer": """
        SELECT value AS id FROM contact_point WHERE matches
        GROUP BY group_id, kind, value HAVING count(DISTINCT customer_id) > 1""",
}
TOLD = """
    SELECT f.id, f.next_kind FROM follow_up f WHERE f.state <> 'ended' AND f.next_due_at <= :now
      AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.follow_up_id = f.id AND d.person_id IS NOT NULL
                      AND d.created_at >= f.ladder_from)"""
"""After every due time has fired: overdue, and yet nobody was told of this step."""
TIME = Model.metadata.tables["event"].c.at.type
ALL = text(
    " UNION ALL ".join(
        f"SELECT {number}, min(CAST(id AS VARCHAR(36))) FROM ({query}) AS law_{number}"
        for number, query in enumerate(LAWS.values())
    )
).bindparams(bindparam("now", type_=TIME), bindparam("latest", type_=TIME))
UNTOLD = text(TOLD).bindparams(bindparam("now", type_=TIME))


def broken(connection: Connection, now: datetime) -> list[str]:
    """Every law that does not hold, with a row that breaks it. One question to the database for all of them."""
    names = list(LAWS)
    rows = connection.execute(ALL, {"now": now, "latest": now + LIE_STILL})
    return [f"{names[number]}: {row}" for number, row in rows if row is not None]


def untold(connection: Connection, now: datetime) -> list[Any]:
    """Follow-ups whose step is overdue and about which nobody has heard a word."""
    return [tuple(row) for row in connection.execute(UNTOLD, {"now": now})]


def personal(connection: Connection, after: int, words: re.Pattern[str]) -> tuple[int, list[str]]:
    """Events newer than ``after`` that hold one of these words (names, numbers, texts); and the newest event's id."""
    query = text("SELECT id, type, data FROM event WHERE id > :after ORDER BY id")
    rows = connection.execute(query, {"after": after}).all()
    told = [f"event {row.type} says {row.data}" for row in rows if words.search(str(row.data))]
    return (rows[-1].id if rows else after), told
