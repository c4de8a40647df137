"""Starts one worker: `python -m corridor.app.workers`, with what its supervisor hands over."""

from corridor.app.taking_in import logs_taken_in, taken_in

if __name__ == "__main__":
    logs_taken_in()
    taken_in("corridor.app.workers.worker:main")()
