"""`python -m blacklight_scraper bootstrap | migrate | serve | work | rotate-credentials`."""

from __future__ import annotations

from blacklight_servicekit.main import main

from blacklight_scraper.app import APP

if __name__ == "__main__":
    main(APP)
