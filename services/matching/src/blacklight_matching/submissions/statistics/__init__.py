"""Figures over submissions."""
