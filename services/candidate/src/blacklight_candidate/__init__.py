"""Candidates and their resumes."""
