"""The data sets: each is one file in the folder `sets`, found here, in the order of their names."""
import importlib.util
from pathlib import Path


def load(path):
    """A file of `sets` as its DataSet; a change of the file makes what was prepared by it stale."""
    spec = importlib.util.spec_from_file_location("set_" + path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.SET.recipe = [path, *module.SET.recipe]
    return module.SET


SETS = {path.stem: load(path) for path in sorted((Path(__file__).parent / "sets").glob("*.py"))}
