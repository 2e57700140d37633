"""Tips: payment lanes, the ledger, and the outbox from ledger to room."""
