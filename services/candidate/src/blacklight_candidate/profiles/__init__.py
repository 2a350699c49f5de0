"""What matching is told of candidates: the profile with the sentences it rests on."""
