"""The record plane as every process reaches it: SQL, SQLite or PostgreSQL."""
