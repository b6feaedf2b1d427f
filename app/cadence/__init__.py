"""The cadence: what is due next for a customer, and when.

`steps` holds the planned series, `history` what has happened, `standing` where that leaves the follow-up,
`plan` the one decision and `next_step` its possible answers. These five are pure: they read no clock and no
database and import only `app.hours`.
"""
