"""Candidates as matching knows them: a read model fed by the candidate service."""
