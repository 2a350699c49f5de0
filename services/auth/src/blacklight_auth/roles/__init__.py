"""System roles and what they permit, derived from the contract."""
