"""The coding step: one report in, its events out, as a spaCy pipeline of ``dragoman_*`` components."""

from dragoman.coding.extensions import declare

declare()
