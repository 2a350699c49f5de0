"""Work that outlasts a request, as a resource: progress, pause, resume, cancel."""
