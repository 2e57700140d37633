"""What can be said in a room, and how it travels: messages, the log plane, the media plane."""
