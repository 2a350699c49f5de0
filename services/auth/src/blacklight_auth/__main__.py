"""`python -m blacklight_auth bootstrap | migrate | serve | work | create-admin | rotate-keys`."""

from blacklight_servicekit.main import main

from blacklight_auth.app import APP

if __name__ == "__main__":
    main(APP)
