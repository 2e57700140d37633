"""A crowd and a schedule of faults, against any deployment, with a report. Speaks the public protocol only."""
