"""The skill taxonomy and the token-aware matcher."""
