"""the salesperson's phone: passkeys, photos and videos, notes

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _table(
        "passkey",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("credential_hash", sa.String(length=64), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("transports", sa.String(length=80), nullable=False),
        _when("created_at", nullable=False),
        _when("last_used_at"),
        _when("asked_at"),
        _belongs("passkey", "person_id", "person"),
        sa.UniqueConstraint("credential_hash", name=op.f("uq_passkey_credential_hash")),
    )
    op.create_index(op.f("ix_passkey_group_id_person_id"), "passkey", ["group_id", "person_id"])
    _table(
        "file",
        *_of_a_follow_up("file"),
        sa.Column(
            "kind",
            sa.Enum("photo", "video", name="filekind", native_enum=False, length=24, create_constraint=True),
            nullable=False,
        ),
        sa.Column("content_type", sa.String(length=60), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
    )
    _table("note", *_of_a_follow_up("note"), sa.Column("text", sa.Text(), nullable=False))
    for table in ("file", "note"):
        columns = ["group_id", "follow_up_id", "created_at"]
        op.create_index(op.f(f"ix_{table}_group_id_follow_up_id_created_at"), table, columns)


def downgrade() -> None:
    """Loses them; people sign in with a device link again."""
    for table in ("note", "file", "passkey"):
        op.drop_table(table)


def _of_a_follow_up(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("follow_up_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        _when("created_at", nullable=False),
        _when("removed_at"),
        _belongs(table, "customer_id", "customer", ondelete="CASCADE"),
        _belongs(table, "follow_up_id", "follow_up", ondelete="CASCADE"),
        _belongs(table, "person_id", "person"),
    )


def _table(name: str, *items: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        *items,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f(f"fk_{name}_group_id_groups"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("group_id", "id", name=op.f(f"uq_{name}_group_id_id")),
    )


def _when(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _belongs(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["group_id", column],
        [f"{to}.group_id", f"{to}.id"],
        name=op.f(f"fk_{table}_group_id_{column}_{to}"),
        ondelete=ondelete,
    )
