"""The protobuf messages of the Seldon protocol, in a descriptor pool of their own."""
