"""The store's answers as tools for an assistant (Model Context Protocol): read-only, each answer with its sources."""
