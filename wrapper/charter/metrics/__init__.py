"""What a service counts, where the numbers are, and the page that Prometheus scrapes."""
