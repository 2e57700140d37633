"""The record plane: tables and the connection to them."""
