"""Sign-in: what a person does with an account and a session, and what services ask about it."""
