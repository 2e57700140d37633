"""What the till counts for Prometheus. It is a list of names and nothing else; `/metrics` is the app's."""

from prometheus_client import Counter

TIPS = Counter("live_tips_total", "Tips settled, by outcome", ["status"])
UNSAID = Counter("live_tip_announcements_failed_total", "Times a confirmed tip could not be said in its room just then")
SILENT = Counter("live_payment_lane_silent_total", "Times a payment lane did not answer in time", ["lane"])
