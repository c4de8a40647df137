"""Print the card: `just failover [S08 S20]`."""

import sys

from acceptance.card import main

if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
