"""Starts one worker: `python -m corridor.app.workers`, with what its supervisor hands over."""

from corridor.app.taking_in import taken_in

if __name__ == "__main__":
    taken_in("corridor.app.workers.worker:main")()
