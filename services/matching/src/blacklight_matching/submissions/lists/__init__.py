"""Lists of submissions: by filter, by state, by day to follow up, by submitter."""
