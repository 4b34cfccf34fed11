"""`python -m data COMMAND`: import, boundaries, demo, ask. Beside a running server the server carries it out."""

import sys

from data.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
