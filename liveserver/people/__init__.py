"""Who people are: signed links, contacts."""
