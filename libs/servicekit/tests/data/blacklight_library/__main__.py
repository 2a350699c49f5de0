from blacklight_servicekit.main import main

from blacklight_library.app import APP

main(APP)
