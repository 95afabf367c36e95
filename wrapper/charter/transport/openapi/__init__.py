"""What REST serves, as a document that machines read: OpenAPI 3.1. No sockets here."""
