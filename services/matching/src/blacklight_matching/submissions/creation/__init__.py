"""Making submissions, and what keeps one candidate from being sent twice."""
