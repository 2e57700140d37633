"""Pure: what a session, a room and an event may do next, and who may ask for it."""
