"""The demo: the platform's main job on real files, through its public interfaces only, checked at the end."""
