"""Where the files that come with the product are: in the wheel, or beside the package in a checkout."""

from pathlib import Path


def shipped(folder: str) -> Path:
    """The folder ``templates`` or ``examples``."""
    package = Path(__file__).parent
    inside = package / "shipped" / folder
    return inside if inside.is_dir() else package.parent / folder
