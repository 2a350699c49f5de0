"""Property tests here have no deadline: the first example of a process loads the taxonomy."""

from hypothesis import settings

settings.register_profile("skills", deadline=None)
settings.load_profile("skills")
