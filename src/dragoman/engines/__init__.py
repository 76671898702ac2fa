"""Engines: the same coder over many reports, in this process, in several, or on several machines."""
