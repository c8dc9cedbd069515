"""The training loop, a stream of steps, and the schedules that say what happens when."""
