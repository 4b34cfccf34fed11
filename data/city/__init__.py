"""The demonstration city: a year of made-up complaints. What is assumed stands in ASSUMPTIONS.md beside this file."""

from data.city.build import SOURCE, build_city

__all__ = ["SOURCE", "build_city"]
