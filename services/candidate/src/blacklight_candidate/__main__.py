"""`python -m blacklight_candidate bootstrap | migrate | serve | work`."""

from blacklight_servicekit.main import main

from blacklight_candidate.app import APP

if __name__ == "__main__":
    main(APP)
