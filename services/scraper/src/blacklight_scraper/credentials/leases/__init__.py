"""How an account is taken, shown to its holder, and ended."""
