"""Components that Charter brings: classes as users write them, without privileges."""
