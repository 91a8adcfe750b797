"""Strings of digits, spoken by two synthesizers in many voices and, for a test, by people."""
import os
import random
import wave
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from dataset import DataSet, write_lines
from packages import Debian, DataError, Tool, expect, run

RATE = 8000  # samples a second, as on the telephone, and as the recordings of people have
WORDS = "zero one two three four five six seven eight nine".split()

# accent+variant of espeak-ng, and voices of flite; no accent, variant or flite voice of TEST is in TRAIN
# but the American accent, which the test has with variants that are new
TRAIN_ACCENTS = "en-us en-us-nyc en-gb en-gb-x-rp en-gb-x-gbclan en-029".split()
TRAIN_VARIANTS = ("m1 m2 m3 m4 m5 m6 f1 f2 f3 klatt klatt2 klatt4 adam Alex Alicia Andrea Andy Annie antonio "
                  "belinda benjamin boris caleb david ed edward Gene Henrique Hugo Jacky john").split()
TEST_ACCENTS = "en-us en-gb-scotland en-gb-x-gbcwmd".split()
TEST_VARIANTS = "m7 m8 f4 f5 linda max Mike steph".split()
TRAIN_FLITE = "kal kal16 awb slt".split()
TEST_FLITE = ["rms"]
FLITE = 0.2  # of all strings

COUNTS = {"train": 4000, "valid": 400, "test": 500}  # valid: further strings by the voices of train
HUMAN = 100  # strings made of recorded digits


@dataclass
class Item:
    """A row of the index."""
    file: str
    words: list
    split: str
    voice: str
    rate: str = "-"  # words a minute of espeak-ng, stretch of flite
    pitch: str = "-"  # 0 to 100 of espeak-ng, Hz of flite

    def digits(self):
        return "".join("0" if word == "oh" else str(WORDS.index(word)) for word in self.words)

    def row(self):
        return "\t".join([self.file, self.digits(), " ".join(self.words), self.split, self.voice, self.rate,
                          self.pitch])


def random_words(chance):
    """1 to 7 digits; a zero is an oh one time in three."""
    words = [chance.choice(WORDS) for _ in range(chance.randint(1, 7))]
    return ["oh" if word == "zero" and chance.random() < 1 / 3 else word for word in words]


def synthetic(split, number, chance):
    """An item, and the command that speaks it into a file, whose name comes last."""
    words, test = random_words(chance), split == "test"
    text = "".join(word + (", " if chance.random() < 0.25 else " ") for word in words).strip(", ") + "."
    item = Item(f"{split}/{number:04}.wav", words, split, "")
    if chance.random() < FLITE:
        voice = chance.choice(TEST_FLITE if test else TRAIN_FLITE)
        stretch, pitch = f"{chance.uniform(0.8, 1.3):.2f}", f"{chance.randint(85, 220)}"
        item.voice, item.rate, item.pitch = "flite " + voice, stretch, pitch
        return item, ["flite", "-voice", voice, "--setf", "duration_stretch=" + stretch,
                      "--setf", "int_f0_target_mean=" + pitch, "-t", text, "-o"]
    voice = chance.choice(TEST_ACCENTS if test else TRAIN_ACCENTS) + "+" + chance.choice(
        TEST_VARIANTS if test else TRAIN_VARIANTS)
    rate, pitch = str(chance.randint(120, 220)), str(chance.randint(20, 80))
    item.voice, item.rate, item.pitch = "espeak-ng " + voice, rate, pitch
    return item, ["espeak-ng", "-a", "80", "-v", voice, "-s", rate, "-p", pitch, text, "-w"]


def speak(task, out):
    item, command = task
    raw, path = out / (item.file + ".raw.wav"), out / item.file
    run(*command, raw)
    run("sox", raw, "-D", "-c", "1", "-b", "16", "-r", RATE, path)
    raw.unlink()


def need_voices():
    """espeak-ng says nothing of a voice that it has not, and takes another."""
    there = run("espeak-ng", "--voices=en").decode() + run("espeak-ng", "--voices=variant").decode()
    names = there.replace("!v/", " ").split()
    missing = [name for name in TRAIN_ACCENTS + TEST_ACCENTS + TRAIN_VARIANTS + TEST_VARIANTS if name not in names]
    expect("speech: voices that espeak-ng has not", " ".join(missing), "")
    expect("speech: voices that flite has not",
           " ".join(set(TRAIN_FLITE + TEST_FLITE) - set(run("flite", "-lv").decode().split())), "")


def samples_of(path):
    with wave.open(str(path)) as file:
        expect(f"{path.name}: channels, bytes, rate", file.getparams()[:3], (1, 2, RATE))
        return file.readframes(file.getnframes())


def write_wav(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples)


def human(inputs, out, chance):
    """Digits that were recorded one by one, alone and in strings with pauses of 50 to 200 ms, and a
    string that was spoken as one."""
    voice = "Allison"
    folder = inputs["asterisk-core-sounds-en-wav"] / "usr/share/asterisk/sounds/en_US_f_Allison/digits"
    files = {"oh": "oh.wav", **{word: f"{digit}.wav" for digit, word in enumerate(WORDS)}}
    recorded = {word: samples_of(folder / file) for word, file in files.items()}
    for word, samples in recorded.items():
        yield Item(f"human/{word}.wav", [word], "human", voice)
        write_wav(out / "human" / f"{word}.wav", samples)
    for number in range(HUMAN):
        item = Item(f"human/{number:04}.wav", random_words(chance), "human-joined", voice)
        parts = []
        for word in item.words:
            parts += [recorded[word], bytes(2 * chance.randint(RATE // 20, RATE // 5))]
        write_wav(out / item.file, b"".join(parts[:-1]))
        yield item
    raw = inputs["pocketsphinx-testdata"] / "usr/share/pocketsphinx/test/data/tidigits/dhd.2934z.raw"
    expect(f"bytes of {raw.name}", raw.stat().st_size, 76800)
    run("sox", "-t", "raw", "-r", 16000, "-e", "signed", "-b", 16, "-c", 1, raw,
        "-D", "-r", RATE, out / "human/dhd.wav")
    yield Item("human/dhd.wav", "two nine three four zero".split(), "human", "dhd")


def prepare(inputs, out):
    need_voices()
    chance = random.Random(1)
    tasks = [synthetic(split, number, chance) for split, count in COUNTS.items() for number in range(count)]
    for name in (*COUNTS, "human"):
        (out / name).mkdir()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda task: speak(task, out), tasks))
    items = [item for item, _ in tasks] + list(human(inputs, out, chance))
    for item in items:
        seconds = len(samples_of(out / item.file)) / 2 / RATE
        if not 0.15 < seconds < 12:
            raise DataError(f"{item.file}: expected 0.15 to 12 seconds, found {seconds:.2f}")
    header = "file\tdigits\twords\tsplit\tvoice\trate\tpitch"
    write_lines(out / "index.tsv", [header, *(item.row() for item in items)])


SET = DataSet(
    name="speech",
    what="strings of 1 to 7 English digits, spoken by espeak-ng and flite in many voices, and by people",
    size="4,900 strings of synthesizers and 112 of people, 160 MB",
    licence="people: CC BY-SA 3.0 (Asterisk's sounds, Allison Smith), BSD-2-Clause (pocketsphinx)",
    sources=[Debian("asterisk-core-sounds-en-wav"), Debian("pocketsphinx-testdata")],
    tools=[Tool("espeak-ng", "espeak-ng"), Tool("flite", "flite"), Tool("sox", "sox")],
    prepare=prepare)
