"""What the realtime side counts for Prometheus.

It is a list of names and nothing else; `/metrics` is the app's. Each part of the gateway counts its own.
"""

from prometheus_client import Counter, Gauge

MEMBERS = Gauge("live_members", "Members with a socket in a room of this gateway")
DELIVERIES = Counter("live_deliveries_total", "Frames written to members")
DROPS = Counter("live_drops_total", "Times a member fell behind", ["what"])
COMMANDS = Counter("live_commands_total", "Commands answered", ["type", "outcome"])
JOINS = Counter("live_joins_total", "Hellos answered", ["outcome"])
CLOSES = Counter("live_closes_total", "Sockets closed by the server", ["code"])
DEVIATIONS = Counter("live_deviations_total", "Standing orders obeyed")
FEED_FRAMES = Counter("live_feed_frames_total", "Media frames pulled from media nodes")
