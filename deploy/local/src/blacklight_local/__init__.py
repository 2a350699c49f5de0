"""The whole stack from wheels on one machine."""
