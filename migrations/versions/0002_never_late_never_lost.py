"""never late, never lost: own cadences, absences, on call, telephony, and the proof of a delivery to its end

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.checks import replace_check

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
CHANNELS = ("ck_delivery_deliverychannel", "channel IN ('push', 'email')")
MORE_CHANNELS = ("ck_delivery_deliverychannel", "channel IN ('push', 'email', 'sms', 'voice')")
INDEXES = (
    ("ix_delivery_customer", "customer_id", "customer_id IS NOT NULL"),
    ("ix_delivery_alerted", "person_id", "kind IN ('escalation', 'alarm')"),
)
revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cadence",
        sa.Column("showroom_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        *_owned("cadence"),
        _belongs("cadence", "showroom_id", "showroom"),
        _belongs("cadence", "created_by_id", "person"),
        sa.UniqueConstraint("group_id", "name", "version", name=op.f("uq_cadence_group_id_name_version")),
    )
    op.create_table(
        "absence",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("deputy_id", sa.Uuid(), nullable=False),
        *_span(),
        *_owned("absence"),
        _belongs("absence", "person_id", "person"),
        _belongs("absence", "deputy_id", "person"),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_absence_ends_later")),
    )
    op.create_index("ix_absence_group_id_person_id_ends_at", "absence", ["group_id", "person_id", "ends_at"])
    op.create_table(
        "on_call",
        sa.Column("showroom_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        *_span(),
        *_owned("on_call"),
        _belongs("on_call", "showroom_id", "showroom"),
        _belongs("on_call", "person_id", "person"),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_on_call_ends_later")),
    )
    op.create_index(
        "ix_on_call_group_id_showroom_id_ends_at", "on_call", ["group_id", "showroom_id", "ends_at"]
    )
    op.add_column("attempt", sa.Column("provider_ref", sa.String(length=100)))
    op.add_column("attempt", sa.Column("talk_seconds", sa.Integer()))
    op.add_column("delivery", sa.Column("acted_at", sa.DateTime(timezone=True)))
    op.add_column("delivery", sa.Column("provider_ref", sa.String(length=100)))
    replace_check("delivery", CHANNELS, MORE_CHANNELS)
    for name, column, condition in INDEXES:
        where = sa.text(condition)
        op.create_index(name, "delivery", [column], sqlite_where=where, postgresql_where=where)
    op.add_column("person", sa.Column("weekly", JSON))
    op.add_column("showroom", sa.Column("public_holidays", sa.String(length=10)))
    op.execute(
        "ALTER TABLE showroom ADD COLUMN second_channel VARCHAR(24) DEFAULT 'none' NOT NULL "
        "CONSTRAINT ck_showroom_secondchannel CHECK (second_channel IN ('none', 'sms', 'voice'))"
    )
    op.add_column("subscription", sa.Column("unheard", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("subscription", sa.Column("checked_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Loses what only the new tables and columns hold; messages of the new channels go with them."""
    op.execute("DELETE FROM delivery WHERE channel NOT IN ('push', 'email')")
    replace_check("delivery", MORE_CHANNELS, CHANNELS)
    for name, _column, _condition in INDEXES:
        op.drop_index(name, "delivery")
    for table, column in (
        ("subscription", "checked_at"),
        ("subscription", "unheard"),
        ("showroom", "second_channel"),
        ("showroom", "public_holidays"),
        ("person", "weekly"),
        ("delivery", "provider_ref"),
        ("delivery", "acted_at"),
        ("attempt", "talk_seconds"),
        ("attempt", "provider_ref"),
    ):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for table in ("on_call", "absence", "cadence"):
        op.drop_table(table)


def _owned(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f(f"fk_{table}_group_id_groups"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("group_id", "id", name=op.f(f"uq_{table}_group_id_id")),
    )


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_group_id_{column}_{to}")
    return sa.ForeignKeyConstraint(["group_id", column], [f"{to}.group_id", f"{to}.id"], name=name)


def _span() -> tuple[sa.Column[object], ...]:
    return tuple(
        sa.Column(name, sa.DateTime(timezone=True), nullable=False)
        for name in ("starts_at", "ends_at", "created_at")
    )
