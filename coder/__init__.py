"""Text to coded event mentions. A pure library: no network, no database, no clock, no environment."""

CODER_VERSION = "1.1.0"
