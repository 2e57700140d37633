"""The record plane's tables, as the gateway knows them. They hold values only: no row decides anything, and what a
room says never lies here (that is the log's). `database` creates them; the stores beside it read and write them.

Times are Unix milliseconds, UTC.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, MetaData, String, Table, Text, UniqueConstraint

RECORD = MetaData()

EVENTS = Table(
    "events",
    RECORD,
    Column("id", String(40), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("host", String(200), nullable=False),
    Column("starts_at_ms", BigInteger, nullable=True),
    Column("guests", Boolean, nullable=False),
    Column("plan", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
)

CONTACTS = Table(
    "contacts",
    RECORD,
    Column("id", String(40), primary_key=True),
    Column("event", String(40), nullable=False),
    Column("address", String(254), nullable=False),
    Column("name", String(40), nullable=False),
    Column("member", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("consent_at_ms", BigInteger, nullable=False),
    Column("confirmed_at_ms", BigInteger, nullable=True),
    UniqueConstraint("event", "address", "member", name="contacts_once"),
)

TIPS = Table(
    "tips",
    RECORD,
    Column("id", String(40), primary_key=True),
    Column("event", String(40), nullable=False),
    Column("room", String(64), nullable=False),
    Column("member", String(64), nullable=False),
    Column("name", String(40), nullable=False),
    Column("role", String(16), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("text", String(200), nullable=False),
    Column("key", String(64), nullable=False),
    Column("lane", String(40), nullable=False),
    Column("status", String(16), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("confirmed_at_ms", BigInteger, nullable=True),
    Column("announced_at_ms", BigInteger, nullable=True),
    UniqueConstraint("event", "member", "key", name="tips_once"),
)

# The two questions that every gateway asks again and again: what is unsettled, what is unsaid.
Index("tips_unsettled", TIPS.c.created_at_ms, sqlite_where=TIPS.c.status == "pending")
Index("tips_unsaid", TIPS.c.announced_at_ms, TIPS.c.status)

# What the sandbox provider remembers: it stands for another company's database, and shows that nobody paid twice.
SANDBOX = Table(
    "sandbox_charges",
    RECORD,
    Column("id", String(40), primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("charged_at_ms", BigInteger, nullable=False),
)
