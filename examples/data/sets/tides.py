"""The tide at San Francisco by hour, as the harmonic constituents published for its gauge give it."""
import json
import shutil
from pathlib import Path

from dataset import DataSet, write_lines
from packages import Npm, Tool, expect, run

STATION, BEGIN, END = "noaa/9414290", "2024-01-01T00:00:00Z", "2025-12-31T23:00:00Z"
PROGRAM = Path(__file__).with_suffix(".mjs")


def prepare(inputs, out):
    """The packages are laid out as the program looks for them."""
    modules = out / "node_modules"
    for name, folder in inputs.items():
        (modules / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder, modules / name)
    shutil.copy(PROGRAM, out)
    text = run("node", PROGRAM.name, STATION, BEGIN, END, cwd=out).decode()
    shutil.rmtree(modules)
    (out / PROGRAM.name).unlink()
    about, *lines = text.splitlines()
    expect("tides: station", json.loads(about),
           {"name": "San Francisco (Golden Gate)", "license": "public domain", "constituents": 37})
    expect("tides: hours", len(lines) - 1, 2 * 8760 + 24)
    write_lines(out / "san-francisco.csv", lines)


SET = DataSet(
    name="tides",
    what="the astronomical tide at San Francisco by hour, computed from its published constituents",
    size="17,544 hours, 0.4 MB",
    licence="the constituents: public domain (NOAA); the packages: MIT, ISC, Apache-2.0",
    sources=[
        Npm("@neaps/tide-database", "0.10.20260924",
            "sha512-2iUZXhMNUhjQcSG4AYVW038aXWzy2bObN0RbONuRJZuimUOF3/OsL3LJFasKSYCGyyEa2tBU2Ch9vF4uPqt3Eg=="),
        Npm("@neaps/tide-predictor", "0.11.0",
            "sha512-aBjaTMthLvkAmTURoGsdfjobd2PwNm1FJ6laoAmi3ZlM9IMrAjcAerdUtGJ39de0mXl6wTZRH+CAXY4AmCi6Xg=="),
        Npm("flatbuffers", "25.9.23",
            "sha512-MI1qs7Lo4Syw0EOzUl0xjs2lsoeqFku44KpngfIduHBYvzm8h2+7K8YMQh1JtVVVrUvhLpNwqVi4DERegUJhPQ=="),
        Npm("geokdbush", "2.1.0",
            "sha512-bMc7mu+SeUxtHwRpVvZ36qnZa/x8YAGuaPNeGDxd9bxp/jYuJ5GrUirUPz6UNiT+nn/79IQ4gCNan0y4alEUxw=="),
        Npm("kdbush", "4.0.2",
            "sha512-WbCVYJ27Sz8zi9Q7Q0xHC+05iwkm3Znipc2XTlrnJbsHMYktW4hPhXUE8Ys1engBrvffoSCqbil1JQAa7clRpA=="),
        Npm("minisearch", "7.2.0",
            "sha512-dqT2XBYUOZOiC5t2HRnwADjhNS2cecp9u+TJRiJ1Qp/f5qjkeT5APcGPjHw+bz89Ms8Jp+cG4AlE+QZ/QnDglg=="),
        Npm("tinyqueue", "3.0.0",
            "sha512-gRa9gwYU3ECmQYv3lslts5hxuIa90veaEcxDYuu3QGOIAEM2mOZkVHp48ANJuu1CURtRdHKUBY5Lm1tHV+sD4g=="),
    ],
    tools=[Tool("node", "nodejs")],
    recipe=[PROGRAM],
    prepare=prepare)
