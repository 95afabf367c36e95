"""The contract tester: sends generated data, checks the replies, reports."""
