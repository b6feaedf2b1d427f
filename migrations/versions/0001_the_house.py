"""the house

Revision 0001, after nothing.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

XID = sa.Integer().with_variant(sa.Text(), "postgresql")
revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("name", name=op.f("uq_groups_name")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "event",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("xid", XID, server_default=sa.FetchedValue(), nullable=True),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("showroom_id", sa.Uuid(), nullable=True),
        sa.Column("follow_up_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "data",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_event_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    if op.get_bind().dialect.name == "postgresql":
        # the transaction's own id, so that the feed can read events in commit order (app/board/cursor.py)
        op.execute("ALTER TABLE event ALTER xid TYPE xid8 USING NULL::xid8")
        op.execute("ALTER TABLE event ALTER xid SET DEFAULT pg_current_xact_id()")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_event_group_id_follow_up_id"), ["group_id", "follow_up_id"], unique=False
        )
        batch_op.create_index("ix_event_order", ["xid", "id"], unique=False)

    op.create_table(
        "showroom",
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column(
            "weekly",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "rungs",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_showroom_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showroom")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_showroom_group_id_id")),
        sa.UniqueConstraint("group_id", "slug", name=op.f("uq_showroom_group_id_slug")),
        sa.UniqueConstraint("slug", name=op.f("uq_showroom_slug")),
    )
    op.create_table(
        "suppression",
        sa.Column(
            "kind",
            sa.Enum("phone", "email", name="pointkind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("value_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "scope",
            sa.Enum(
                "channel",
                "request",
                "everything",
                name="stopscope",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_suppression_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_suppression_group_id_id")),
        sa.UniqueConstraint(
            "group_id",
            "kind",
            "value_hash",
            "scope",
            "channel",
            name=op.f("uq_suppression_group_id_kind_value_hash_scope_channel"),
        ),
    )
    op.create_table(
        "person",
        sa.Column("showroom_id", sa.Uuid(), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "salesperson",
                "manager",
                "receptionist",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column(
            "availability",
            sa.Enum(
                "on_duty",
                "with_customer",
                "break",
                "off",
                name="availability",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("availability_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deputy_id", sa.Uuid(), nullable=True),
        sa.Column("facetime_link", sa.String(length=500), nullable=True),
        sa.Column("video_link", sa.String(length=500), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "showroom_id"],
            ["showroom.group_id", "showroom.id"],
            name=op.f("fk_person_group_id_showroom_id_showroom"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_person_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_person_group_id_id")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_person_group_id_showroom_id"), ["group_id", "showroom_id"], unique=False
        )

    op.create_table(
        "source",
        sa.Column("showroom_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "showroom_id"],
            ["showroom.group_id", "showroom.id"],
            name=op.f("fk_source_group_id_showroom_id_showroom"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_source_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_source_group_id_id")),
        sa.UniqueConstraint("key", name=op.f("uq_source_key")),
        sa.UniqueConstraint("showroom_id", "name", name=op.f("uq_source_showroom_id_name")),
    )
    op.create_table(
        "customer",
        sa.Column("showroom_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("first_name", sa.String(length=120), nullable=False),
        sa.Column("display_name", sa.String(length=240), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("wants_channel", sa.String(length=20), nullable=True),
        sa.Column("spoke_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("page_key", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "owner_id"],
            ["person.group_id", "person.id"],
            name=op.f("fk_customer_group_id_owner_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "showroom_id"],
            ["showroom.group_id", "showroom.id"],
            name=op.f("fk_customer_group_id_showroom_id_showroom"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_customer_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_customer_group_id_id")),
    )
    op.create_table(
        "device",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("platform", sa.String(length=20), nullable=False),
        sa.Column("session_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "person_id"],
            ["person.group_id", "person.id"],
            name=op.f("fk_device_group_id_person_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_device_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_device_group_id_id")),
        sa.UniqueConstraint("session_hash", name=op.f("uq_device_session_hash")),
    )
    op.create_table(
        "device_link",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "person_id"],
            ["person.group_id", "person.id"],
            name=op.f("fk_device_link_group_id_person_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_device_link_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_link")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_device_link_group_id_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_device_link_token_hash")),
    )
    with op.batch_alter_table("device_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_link_code_hash"), ["code_hash"], unique=False)

    op.create_table(
        "request_key",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column(
            "answer",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "person_id"],
            ["person.group_id", "person.id"],
            name=op.f("fk_request_key_group_id_person_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_request_key_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_key")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_request_key_group_id_id")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_request_key_person_id_key")),
    )
    op.create_table(
        "submission",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "read",
                "needs_look",
                "ignored",
                name="submissionstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("content_type", sa.String(length=200), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("delivery_key", sa.String(length=200), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column(
            "answer",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "source_id"],
            ["source.group_id", "source.id"],
            name=op.f("fk_submission_group_id_source_id_source"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_submission_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_submission_group_id_id")),
        sa.UniqueConstraint("source_id", "delivery_key", name=op.f("uq_submission_source_id_delivery_key")),
    )
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.create_index(
            "ix_submission_unread",
            ["received_at"],
            unique=False,
            sqlite_where=sa.text("state = 'received'"),
            postgresql_where=sa.text("state = 'received'"),
        )

    op.create_table(
        "contact_point",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("phone", "email", name="pointkind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("raw", sa.String(length=254), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=True),
        sa.Column("matches", sa.Boolean(), nullable=False),
        sa.Column("wrong_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "customer_id"],
            ["customer.group_id", "customer.id"],
            name=op.f("fk_contact_point_group_id_customer_id_customer"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_contact_point_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_contact_point_group_id_id")),
    )
    with op.batch_alter_table("contact_point", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contact_point_group_id_customer_id"), ["group_id", "customer_id"], unique=False
        )
        batch_op.create_index(
            "uq_contact_point_matching",
            ["group_id", "kind", "value"],
            unique=True,
            sqlite_where=sa.text("matches"),
            postgresql_where=sa.text("matches"),
        )

    op.create_table(
        "follow_up",
        sa.Column("showroom_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("covered_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "assigned",
                "accepted",
                "contacted",
                "ended",
                name="followupstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("cadence", sa.String(length=40), nullable=False),
        sa.Column("cadence_version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=24), nullable=True),
        sa.Column(
            "next_kind",
            sa.Enum(
                "attempt",
                "snooze",
                "answer",
                "find_contact",
                "manager_answers",
                "name_next_step",
                "appointment",
                "call_back",
                "quote",
                "check_in",
                name="stepkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("next_channel", sa.String(length=20), nullable=True),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stagger_seconds", sa.Integer(), nullable=False),
        sa.Column("voicemail_allowed", sa.Boolean(), nullable=False),
        sa.Column("prompt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ladder_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("escalate_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_asked", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_follow_up_ended_has_a_time")
        ),
        sa.CheckConstraint(
            "(state = 'ended') = (next_due_at IS NULL)", name=op.f("ck_follow_up_open_has_next_step")
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "covered_by_id"],
            ["person.group_id", "person.id"],
            name=op.f("fk_follow_up_group_id_covered_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "customer_id"],
            ["customer.group_id", "customer.id"],
            name=op.f("fk_follow_up_group_id_customer_id_customer"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "owner_id"],
            ["person.group_id", "person.id"],
            name=op.f("fk_follow_up_group_id_owner_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "showroom_id"],
            ["showroom.group_id", "showroom.id"],
            name=op.f("fk_follow_up_group_id_showroom_id_showroom"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_follow_up_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_follow_up_group_id_id")),
    )
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.create_index("ix_follow_up_escalate", ["escalate_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_follow_up_group_id_owner_id_state"),
            ["group_id", "owner_id", "state"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_follow_up_group_id_showroom_id_state"),
            ["group_id", "showroom_id", "state"],
            unique=False,
        )
        batch_op.create_index("ix_follow_up_hold", ["hold_check_at"], unique=False)
        batch_op.create_index("ix_follow_up_prompt", ["prompt_at"], unique=False)
        batch_op.create_index(
            "uq_follow_up_open",
            ["group_id", "customer_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'ended'"),
            postgresql_where=sa.text("state <> 'ended'"),
        )

    op.create_table(
        "subscription",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.String(length=2048), nullable=False),
        sa.Column("endpoint_hash", sa.String(length=64), nullable=False),
        sa.Column("p256dh", sa.String(length=100), nullable=False),
        sa.Column("auth", sa.String(length=40), nullable=False),
        sa.Column("key_id", sa.String(length=20), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "confirmed",
                "gone",
                "needs_resubscribe",
                name="pushstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_reason", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "device_id"],
            ["device.group_id", "device.id"],
            name=op.f("fk_subscription_group_id_device_id_device"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "person_id"],
            ["person.group_id", "person.id"],
            name=op.f("fk_subscription_group_id_person_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_subscription_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("endpoint_hash", name=op.f("uq_subscription_endpoint_hash")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_subscription_group_id_id")),
    )
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_subscription_group_id_person_id_state"),
            ["group_id", "person_id", "state"],
            unique=False,
        )

    op.create_table(
        "assignment",
        sa.Column("follow_up_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "reason",
            sa.Enum(
                "ended",
                "cannot_now",
                "absence",
                "language",
                "customers_wish",
                "left",
                "spoke_first",
                name="endreason",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "follow_up_id"],
            ["follow_up.group_id", "follow_up.id"],
            name=op.f("fk_assignment_group_id_follow_up_id_follow_up"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "person_id"],
            ["person.group_id", "person.id"],
            name=op.f("fk_assignment_group_id_person_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_assignment_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_assignment_group_id_id")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(
            "uq_assignment_ongoing",
            ["follow_up_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "attempt",
        sa.Column("follow_up_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("contact_point_id", sa.Uuid(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(
                "call",
                "facetime",
                "whatsapp",
                "sms",
                "email",
                "video",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "spoke",
                "no_answer",
                "voicemail",
                "busy",
                "wrong_number",
                "call_back",
                "message_sent",
                "replied",
                "called_us",
                "complaint",
                "stop",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("away_seconds", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("call_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("question_answered", sa.Boolean(), nullable=True),
        sa.Column("next_kind", sa.String(length=24), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "contact_point_id"],
            ["contact_point.group_id", "contact_point.id"],
            name=op.f("fk_attempt_group_id_contact_point_id_contact_point"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "follow_up_id"],
            ["follow_up.group_id", "follow_up.id"],
            name=op.f("fk_attempt_group_id_follow_up_id_follow_up"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "person_id"],
            ["person.group_id", "person.id"],
            name=op.f("fk_attempt_group_id_person_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_attempt_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_attempt_group_id_id")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attempt_group_id_follow_up_id_started_at"),
            ["group_id", "follow_up_id", "started_at"],
            unique=False,
        )

    op.create_table(
        "delivery",
        sa.Column(
            "channel",
            sa.Enum(
                "push", "email", name="deliverychannel", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("subscription_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("follow_up_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=True),
        sa.Column(
            "payload",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("tag", sa.String(length=32), nullable=True),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sending",
                "sent",
                "received",
                "failed",
                "cancelled",
                "not_sent",
                name="deliverystate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=60), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "customer_id"],
            ["customer.group_id", "customer.id"],
            name=op.f("fk_delivery_group_id_customer_id_customer"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "follow_up_id"],
            ["follow_up.group_id", "follow_up.id"],
            name=op.f("fk_delivery_group_id_follow_up_id_follow_up"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "person_id"],
            ["person.group_id", "person.id"],
            name=op.f("fk_delivery_group_id_person_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "subscription_id"],
            ["subscription.group_id", "subscription.id"],
            name=op.f("fk_delivery_group_id_subscription_id_subscription"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_delivery_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_delivery_group_id_id")),
        sa.UniqueConstraint("subscription_id", "cause", name=op.f("uq_delivery_subscription_id_cause")),
        sa.UniqueConstraint("token", name=op.f("uq_delivery_token")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_delivery_group_id_follow_up_id"), ["group_id", "follow_up_id"], unique=False
        )
        batch_op.create_index(
            "ix_delivery_leased",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("state = 'sending'"),
            postgresql_where=sa.text("state = 'sending'"),
        )
        batch_op.create_index(
            "ix_delivery_waiting",
            ["channel", "due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )

    op.create_table(
        "lead",
        sa.Column("showroom_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("follow_up_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "won",
                "lost",
                "trade",
                "unreachable",
                "stopped",
                "duplicate",
                "test",
                "not_a_request",
                name="leadstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("car", sa.String(length=200), nullable=True),
        sa.Column("wants", sa.String(length=40), nullable=True),
        sa.Column("trade_in", sa.String(length=200), nullable=True),
        sa.Column(
            "details",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("needs_look", sa.Boolean(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_lead_closed_has_a_time")),
        sa.ForeignKeyConstraint(
            ["group_id", "customer_id"],
            ["customer.group_id", "customer.id"],
            name=op.f("fk_lead_group_id_customer_id_customer"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "follow_up_id"],
            ["follow_up.group_id", "follow_up.id"],
            name=op.f("fk_lead_group_id_follow_up_id_follow_up"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "showroom_id"],
            ["showroom.group_id", "showroom.id"],
            name=op.f("fk_lead_group_id_showroom_id_showroom"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "source_id"],
            ["source.group_id", "source.id"],
            name=op.f("fk_lead_group_id_source_id_source"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "submission_id"],
            ["submission.group_id", "submission.id"],
            name=op.f("fk_lead_group_id_submission_id_submission"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_lead_group_id_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sa.UniqueConstraint("group_id", "id", name=op.f("uq_lead_group_id_id")),
    )
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_lead_group_id_customer_id"), ["group_id", "customer_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_lead_group_id_follow_up_id"), ["group_id", "follow_up_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_lead_submission_id"), ["submission_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lead_submission_id"))
        batch_op.drop_index(batch_op.f("ix_lead_group_id_follow_up_id"))
        batch_op.drop_index(batch_op.f("ix_lead_group_id_customer_id"))

    op.drop_table("lead")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_delivery_waiting",
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )
        batch_op.drop_index(
            "ix_delivery_leased",
            sqlite_where=sa.text("state = 'sending'"),
            postgresql_where=sa.text("state = 'sending'"),
        )
        batch_op.drop_index(batch_op.f("ix_delivery_group_id_follow_up_id"))

    op.drop_table("delivery")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempt_group_id_follow_up_id_started_at"))

    op.drop_table("attempt")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_assignment_ongoing",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("assignment")
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscription_group_id_person_id_state"))

    op.drop_table("subscription")
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_follow_up_open",
            sqlite_where=sa.text("state <> 'ended'"),
            postgresql_where=sa.text("state <> 'ended'"),
        )
        batch_op.drop_index("ix_follow_up_prompt")
        batch_op.drop_index("ix_follow_up_hold")
        batch_op.drop_index(batch_op.f("ix_follow_up_group_id_showroom_id_state"))
        batch_op.drop_index(batch_op.f("ix_follow_up_group_id_owner_id_state"))
        batch_op.drop_index("ix_follow_up_escalate")

    op.drop_table("follow_up")
    with op.batch_alter_table("contact_point", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_contact_point_matching", sqlite_where=sa.text("matches"), postgresql_where=sa.text("matches")
        )
        batch_op.drop_index(batch_op.f("ix_contact_point_group_id_customer_id"))

    op.drop_table("contact_point")
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_submission_unread",
            sqlite_where=sa.text("state = 'received'"),
            postgresql_where=sa.text("state = 'received'"),
        )

    op.drop_table("submission")
    op.drop_table("request_key")
    with op.batch_alter_table("device_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_device_link_code_hash"))

    op.drop_table("device_link")
    op.drop_table("device")
    op.drop_table("customer")
    op.drop_table("source")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_group_id_showroom_id"))

    op.drop_table("person")
    op.drop_table("suppression")
    op.drop_table("showroom")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_order")
        batch_op.drop_index(batch_op.f("ix_event_group_id_follow_up_id"))

    op.drop_table("event")
    op.drop_table("heartbeat")
    op.drop_table("groups")
