"""The guard's own tables: incidents, their timeline, notices and who was reached."""
