"""Charter's stand-in for the package `seldon_core.proto`."""
