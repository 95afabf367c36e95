"""Requests that are answered together: what can be joined, and when it pays to wait for more.

Pure: no threads and no clocks. Who calls the model holds the requests and the time.
"""
