"""Sentences of reviews, each for or against."""
import json

from dataset import DataSet, order, write_lines
from packages import Npm, expect


def prepare(inputs, out):
    found = {}
    for name in "yelp", "amazon":
        path = inputs["sentiment"] / "test" / "fixtures" / f"{name}.json"
        items = [item for item in json.loads(path.read_text(encoding="utf-8")) if item["text"]]
        expect(f"sentiment: sentences of {name}", len(items), 1000)
        for item in items:
            found.setdefault(" ".join(item["text"].split()), item["class"])
    sentences = sorted(found, key=order)
    write_lines(out / "all.tsv", [f"{found[text]}\t{text}" for text in sentences])


SET = DataSet(
    name="sentiment",
    what="sentences of reviews of restaurants and goods, 1 for and 0 against",
    size="1,986 sentences, 0.1 MB",
    licence="the package: MIT; the sentences: CC BY 4.0 (Kotzias et al. 2015, UCI Sentiment Labelled Sentences)",
    sources=[Npm("sentiment", "5.0.2",
                 "sha512-ZeC3y0JsOYTdwujt5uOd7ILJNilbgFzUtg/LEG4wUv43LayFNLZ28ec8+Su+h3saHlJmIwYxBzfDHHZuiMA15g==")],
    prepare=prepare)
