"""Series to forecast: sunspots, the weather, the sea's temperature."""
import csv
import datetime

from dataset import DataSet, write_lines
from packages import Debian, expect


def read(path, columns, rows):
    """The rows of a CSV file with these columns, and so many of them."""
    with open(path, newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    expect(f"columns of {path.name}", list(found[0]) if found else [], columns)
    expect(f"rows of {path.name}", len(found), rows)
    return found


def sunspots(folder):
    rows = read(folder / "sunspots" / "sunspots.csv", ["YEAR", "SUNACTIVITY"], 309)
    yield "year,sunspots"
    for row in rows:
        yield f"{row['YEAR']},{row['SUNACTIVITY']}"


def sea(folder):
    """A row for each month; the source has one for each year."""
    months = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
    yield "year,month,temperature"
    for row in read(folder / "elnino" / "elnino.csv", ["YEAR", *months], 61):
        for number, month in enumerate(months, 1):
            yield f"{row['YEAR']},{number},{row[month]}"


def weather(folder):
    columns = ["date", "precipitation", "temp_max", "temp_min", "wind", "weather"]
    yield "date,max,min,precipitation,wind"
    for row in read(folder / "seattle-weather.csv", columns, 1461):
        yield ",".join([row["date"].replace("/", "-"), row["temp_max"], row["temp_min"], row["precipitation"],
                        row["wind"]])


def normals(folder):
    """Hours are numbered, for the one at which summer time begins is not there."""
    begin = datetime.datetime(2010, 1, 1)
    yield "hour,temperature"
    for row in read(folder / "seattle-temps.csv", ["date", "temp"], 8759):
        passed = datetime.datetime.strptime(row["date"], "%Y/%m/%d %H:%M") - begin
        yield f"{passed.days * 24 + passed.seconds // 3600},{row['temp']}"


def prepare(inputs, out):
    modules = "usr/lib/python3/dist-packages"
    statsmodels = inputs["python3-statsmodels"] / modules / "statsmodels" / "datasets"
    vega = inputs["python3-vega-datasets"] / modules / "vega_datasets" / "_data"
    write_lines(out / "sunspots.csv", sunspots(statsmodels))
    write_lines(out / "sea.csv", sea(statsmodels))
    write_lines(out / "weather.csv", weather(vega))
    write_lines(out / "normals.csv", normals(vega))


SET = DataSet(
    name="forecast",
    what="sunspots by year, the weather in Seattle by day and its normal temperature by hour, the sea by month",
    size="309, 1,461, 8,759 and 732 rows, 0.2 MB",
    licence="public domain (NOAA)",
    sources=[Debian("python3-statsmodels"), Debian("python3-vega-datasets")],
    prepare=prepare)
