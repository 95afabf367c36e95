"""The original's SeldonClient over Charter's transports: arguments, URLs, requests, results."""
