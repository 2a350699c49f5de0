"""Reading files that strangers wrote: in a process of its own, with a time and a memory limit."""
