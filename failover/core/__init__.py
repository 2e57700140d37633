"""Pure: health, ladder, recovery, lease, notices and the plan."""
