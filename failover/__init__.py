"""The guard: watches sources and rooms, runs the event's plan, tells people. Never imports what it guards."""
