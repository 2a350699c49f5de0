"""Real servers, tokens and import rules for the tests."""
