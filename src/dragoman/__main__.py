"""``python -m dragoman``: the command line."""

from dragoman.cli import app

if __name__ == "__main__":
    app(prog_name="dragoman")
