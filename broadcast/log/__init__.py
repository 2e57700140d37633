"""The log plane: one port, two makes (memory, Redis), one shell that follows a log without holes."""
