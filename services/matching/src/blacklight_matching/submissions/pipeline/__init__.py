"""Moving submissions from state to state."""
