"""The media node: takes sources in over WHIP and serves their encoded feeds to gateways."""
