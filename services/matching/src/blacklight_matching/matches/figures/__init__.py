"""How many matches there are, and the best of many candidates."""
