from blacklight_servicekit.migration import run

run()
