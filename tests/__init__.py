"""The tests mirror the source; `contracts/` holds each port's suite, `browser/` the pages in a real browser."""
