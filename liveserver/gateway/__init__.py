"""The WebSocket side: the protocol class, the hub that fans out, the upstream that pulls feeds."""
