"""The version of the generator, which stands in everything that it makes."""

VERSION = "0.1.0"
