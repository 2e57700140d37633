"""The guard's own tables, and nothing else: what happened, step by step, and who was told. `record` reads and writes
them; no other process does.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text

TABLES = MetaData()

incidents = Table(
    "failover_incidents",
    TABLES,
    Column("id", String(120), primary_key=True),
    Column("event", String(64), nullable=False),
    Column("room", String(64), nullable=False),
    Column("cause", String(64), nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("opened_at_ms", BigInteger, nullable=False),
    Column("closed_at_ms", BigInteger),
    Index("failover_incidents_by_event", "event", "opened_at_ms"),
)

steps = Table(
    "failover_steps",
    TABLES,
    Column("key", String(160), primary_key=True),
    Column("incident", String(120), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("what", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Index("failover_steps_by_incident", "incident", "at_ms"),
)

# The primary key is the promise: one row, so one notice, per incident, step, contact and channel.
notices = Table(
    "failover_notices",
    TABLES,
    Column("incident", String(120), primary_key=True),
    Column("step", String(40), primary_key=True),
    Column("contact", String(64), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("event", String(64), nullable=False),
    Column("address", String(320), nullable=False),
    Column("fate", String(16), nullable=False),
    Column("holder", String(64), nullable=False),
    Column("held_until_ms", BigInteger, nullable=False),
    Column("lane", String(16), nullable=False),
    Column("why", Text, nullable=False),
)

mail = Table(
    "failover_mail",
    TABLES,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("event", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("recipient", String(320), nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("lane", String(16), nullable=False),
    Column("incident", String(120), nullable=False),
    Column("step", String(40), nullable=False),
    Index("failover_mail_by_time", "at_ms"),
)
