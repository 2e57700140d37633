"""Every code that crosses a connection: why a socket closed, why a command was turned down.

Close codes live in ranges, and a client needs only the range: 4000-4099 come back with your position, 4100-4199 come
back with a new token, 4200-4299 go to a backup, 4300-4399 stay away.
"""

from enum import IntEnum, StrEnum


class Close(IntEnum):
    """WebSocket close codes (RFC 6455, 7.4.2: 4000-4999 are private use)."""

    DRAIN = 4000
    LAGGING = 4001
    NODE_FAILING = 4002
    TOKEN_EXPIRED = 4100
    TOKEN_INVALID = 4101
    ROOM_MOVED = 4200
    BANNED = 4300
    KICKED = 4301
    ROOM_ENDED = 4302
    PROTOCOL = 4303
    TOO_LARGE = 4304
    UNKNOWN_ROOM = 4305
    HELLO_TIMEOUT = 4306
    FORBIDDEN = 4307
    TOO_MANY = 4308

    @property
    def comes_back(self) -> bool:
        """Whether a client should try again (on this address, with a new token, or at a backup)."""
        return self < 4300


class Reject(StrEnum):
    """Why a command was turned down. The socket stays open."""

    UNKNOWN_COMMAND = "unknown_command"
    MALFORMED = "malformed"
    BAD_FIELD = "bad_field"
    FORBIDDEN = "forbidden"
    BANNED = "banned"
    MUTED = "muted"
    SLOW_MODE = "slow_mode"
    LOCKED = "locked"
    NOT_FOUND = "not_found"
    WRONG_STATE = "wrong_state"
    RATE_LIMITED = "rate_limited"
    PAYMENT_REFUSED = "payment_refused"
    STALE_LEASE = "stale_lease"
    UNAVAILABLE = "unavailable"
    MOVED = "moved"
