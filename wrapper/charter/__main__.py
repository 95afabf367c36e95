"""Let `python -m charter` be the command `charter`."""

from charter.cli import main

if __name__ == "__main__":
    main()
