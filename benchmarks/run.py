"""Run every benchmark of this folder."""

import startup

if __name__ == "__main__":
    startup.main()
