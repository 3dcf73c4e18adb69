"""`lastcall doc`: the reference page of a lifecycle."""

import argparse

from command import view
from show.doc import ENDINGS, page


def run(options: argparse.Namespace) -> int:
    """Makes the page; gives the exit status."""
    return view.write(options, page, ENDINGS)
