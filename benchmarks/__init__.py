"""Figures that can be repeated, each by a command of its own. Nothing here runs with the tests."""
