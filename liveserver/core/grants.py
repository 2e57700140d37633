"""Who may do which command, and to whom.

It knows roles and nothing else: no names, no rooms, no state. The session asks it before a command is performed, the
gateway's commands before one member moderates another.
"""

from broadcast.core import commands
from broadcast.core.entries import Role
from broadcast.core.position import MemberId

_EVERYONE: tuple[type[commands.Command], ...] = (
    commands.ChatSend,
    commands.TipSend,
    commands.QuestionAsk,
    commands.MediaSelect,
    commands.MediaRefresh,
    commands.QoeReport,
)
_MODERATOR: tuple[type[commands.Command], ...] = (
    *_EVERYONE,
    commands.MemberKick,
    commands.MemberBan,
    commands.MemberUnban,
    commands.MessageDelete,
    commands.QuestionAnswer,
)
_HOST: tuple[type[commands.Command], ...] = (
    *_MODERATOR,
    commands.EventOpen,
    commands.EventStart,
    commands.EventPause,
    commands.EventEnd,
    commands.ContingencyForce,
    commands.ContingencyPin,
    commands.ContingencyVeto,
    commands.ContingencyRelease,
)
_GRANTED = {
    Role.ATTENDEE: frozenset(_EVERYONE),
    Role.MODERATOR: frozenset(_MODERATOR),
    Role.HOST: frozenset(_HOST),
    Role.OPERATOR: frozenset(commands.COMMANDS.values()),
}
_RANK = {Role.ATTENDEE: 0, Role.MODERATOR: 1, Role.HOST: 2, Role.OPERATOR: 3}


def may_enter(role: Role) -> bool:
    """Whether people of this role are members of rooms at all; programs are not."""
    return role in _RANK


def may(role: Role, command: commands.Command) -> bool:
    """Whether `role` may give `command`."""
    return type(command) in _GRANTED.get(role, frozenset())


def may_moderate(by: Role, target: Role) -> bool:
    """Whether `by` stands above `target`: nobody moderates an equal."""
    return _RANK.get(by, -1) > _RANK.get(target, -1)


def role_in_id(member: MemberId) -> Role:
    """The role that an id of the deployment's own making begins with (`moderator-demo`); attendee for all others.

    Staff's ids are made by `liveserver.people.staff`; guests never choose theirs. So a target that is on another
    gateway is known for what it is.
    """
    prefix, dash, _ = member.partition("-")
    staff = (Role.MODERATOR, Role.HOST, Role.OPERATOR)
    return next((role for role in staff if dash and role.value == prefix), Role.ATTENDEE)
