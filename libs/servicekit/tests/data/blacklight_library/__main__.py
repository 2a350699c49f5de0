from blacklight_library.app import APP
from blacklight_servicekit.main import main

main(APP)
