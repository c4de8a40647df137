"""Templates of pages: what is put into one is text unless the template says otherwise."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def templates_in(package: str, folder: str = "templates") -> Environment:
    """Return the templates in a folder of a package.

    What a template names and is not given is a defect, never an empty place on a page.
    """
    return Environment(
        loader=PackageLoader(package, folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
