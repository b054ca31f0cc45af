"""Figures, not tests: each module measures one thing, in a database that it makes and drops."""
