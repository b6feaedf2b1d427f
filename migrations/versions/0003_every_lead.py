"""every lead: settings and secrets of sources, one key a lead, templates, forwarding, a salesperson's own QR code

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.checks import replace_check

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
CHANNELS = ("ck_delivery_deliverychannel", "channel IN ('push', 'email', 'sms', 'voice')")
MORE_CHANNELS = (
    "ck_delivery_deliverychannel",
    "channel IN ('push', 'email', 'sms', 'voice', 'forward', 'graph')",
)
KINDS = "kind IN ('phone', 'email')"
MORE_KINDS = "kind IN ('phone', 'email', 'whatsapp')"
POINTS = ("contact_point", "suppression")
ADDED: tuple[tuple[str, str, sa.types.TypeEngine[object]], ...] = (
    ("source", "settings", JSON),
    ("source", "secrets", sa.LargeBinary()),
    ("source", "trouble", sa.String(length=200)),
    ("source", "trouble_at", sa.DateTime(timezone=True)),
    ("submission", "note", sa.String(length=200)),
    ("submission", "took_ms", sa.Integer()),
    ("lead", "delivery_key", sa.String(length=200)),
    ("lead", "via", sa.String(length=40)),
    ("showroom", "forward", JSON),
    ("person", "qr_key", sa.String(length=40)),
)
UNIQUE = (
    ("uq_lead_source_id_delivery_key", "lead", ["source_id", "delivery_key"], "delivery_key IS NOT NULL"),
    ("uq_person_qr_key", "person", ["qr_key"], "qr_key IS NOT NULL"),
)
revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, name, kind in ADDED:
        op.add_column(table, sa.Column(name, kind))
    for name, table, columns, condition in UNIQUE:
        where = sa.text(condition)
        op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)
    op.create_index("ix_submission_source_id_received_at", "submission", ["source_id", "received_at"])
    replace_check("delivery", CHANNELS, MORE_CHANNELS)
    for table in POINTS:
        name = f"ck_{table}_pointkind"
        replace_check(table, (name, KINDS), (name, MORE_KINDS))
    op.create_table(
        "source_template",
        sa.Column("showroom_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_template")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_source_template_group_id_groups"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_source_template_group_id_id")),
        sa.UniqueConstraint("group_id", "name", name=op.f("uq_source_template_group_id_name")),
        _belongs("showroom_id", "showroom"),
        _belongs("created_by_id", "person"),
    )


def downgrade() -> None:
    """Loses what only the new columns hold; messages of the new channels go with them."""
    op.drop_table("source_template")
    op.execute("DELETE FROM delivery WHERE channel IN ('forward', 'graph')")
    replace_check("delivery", MORE_CHANNELS, CHANNELS)
    for table in POINTS:
        name = f"ck_{table}_pointkind"
        op.execute(f"DELETE FROM {table} WHERE kind = 'whatsapp'")
        replace_check(table, (name, MORE_KINDS), (name, KINDS))
    op.drop_index("ix_submission_source_id_received_at", "submission")
    for name, table, _columns, _condition in UNIQUE:
        op.drop_index(name, table)
    for table, name, _kind in reversed(ADDED):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")


def _belongs(column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_source_template_group_id_{column}_{to}")
    return sa.ForeignKeyConstraint(["group_id", column], [f"{to}.group_id", f"{to}.id"], name=name)
