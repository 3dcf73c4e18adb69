"""Pictures and reference pages, for people."""
