"""`lastcall graph`: the picture of a lifecycle."""

import argparse

from command import view
from show.graph import ENDINGS, picture


def run(options: argparse.Namespace) -> int:
    """Draws a spec; gives the exit status."""
    return view.write(options, picture, ENDINGS)
