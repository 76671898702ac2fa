"""Linking: events of many reports to stories, near-identical texts to origins."""
