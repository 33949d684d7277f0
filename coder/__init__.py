"""Text to coded event mentions. A pure library: no network, no database, no clock, no environment."""

CODER_VERSION = "0.3.0"
