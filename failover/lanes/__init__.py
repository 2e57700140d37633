"""Notification lanes: one provider each that can carry a notice out of the deployment."""
