"""What signed links say of who follows them."""

from broadcast.core.position import MemberId
from broadcast.token import verify
from liveserver.core.grants import role_in_id
from liveserver.people.links import Links
from liveserver.people.staff import staff_of
from liveserver.sample import sample_event

SECRET = "0123456789abcdef0123456789abcdef"
LINKS = Links(SECRET, "http://live.test")


def test_everyone_who_runs_things_is_known_by_their_id_so_that_nobody_below_removes_them() -> None:
    tokens = [*staff_of(LINKS, sample_event()).tokens.values(), LINKS.operator().token]
    for grant in (verify(token, SECRET) for token in tokens):
        assert role_in_id(MemberId(grant.id)) is grant.role, grant
