"""The gateway: sockets, pages and API of a live-event deployment."""
