"""What an image of a model does while it is built and when it runs: docs/adr/0013-images.md."""
