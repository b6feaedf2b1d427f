"""what is asked for by customer, follow-up, request or person is found in an index, however many there are

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ABOUT_A_LEAD = sa.text("lead_id IS NOT NULL")


def upgrade() -> None:
    op.create_index(op.f("ix_follow_up_group_id_customer_id"), "follow_up", ["group_id", "customer_id"])
    op.create_index(op.f("ix_assignment_group_id_follow_up_id"), "assignment", ["group_id", "follow_up_id"])
    op.create_index(
        op.f("ix_attempt_group_id_person_id_outcome_at"), "attempt", ["group_id", "person_id", "outcome_at"]
    )
    op.create_index(
        "ix_event_lead",
        "event",
        ["lead_id"],
        sqlite_where=ABOUT_A_LEAD,
        postgresql_where=ABOUT_A_LEAD,
    )


def downgrade() -> None:
    op.drop_index("ix_event_lead", table_name="event")
    op.drop_index(op.f("ix_attempt_group_id_person_id_outcome_at"), table_name="attempt")
    op.drop_index(op.f("ix_assignment_group_id_follow_up_id"), table_name="assignment")
    op.drop_index(op.f("ix_follow_up_group_id_customer_id"), table_name="follow_up")
