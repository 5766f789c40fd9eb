"""The demo academy: made up here, from nothing but this package."""
