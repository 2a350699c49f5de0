"""A submission itself: what every verb of submissions is made of."""
