#!/usr/bin/env python3
"""Reads deploy/Dockerfile, and performs its steps in plain directories where no container engine runs.

    deploy/dockerfile.py build DOCKERFILE CONTEXT BASE WORK STAGE ...   makes WORK/STAGE/, the root of each stage
    deploy/dockerfile.py config DOCKERFILE STAGE                        prints what the image says of its process

BASE is the root file system that stands for the image in `FROM ${BASE}`. Building needs root, and mounts: run it in a
mount namespace of its own. Knows the instructions that the file uses, and refuses others.
"""

import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

DESCRIPTIVE = {"EXPOSE", "STOPSIGNAL", "LABEL", "VOLUME"}


class Refused(Exception):
    """What the file holds and this cannot read."""


@dataclasses.dataclass
class Stage:
    name: str
    base: str
    steps: list  # (instruction, flags, text)


@dataclasses.dataclass
class Config:
    """What an image says of the process that runs in it."""
    env: dict = dataclasses.field(default_factory=dict)
    user: str = "0:0"
    workdir: str = "/"
    entrypoint: list = dataclasses.field(default_factory=list)
    healthcheck: list = dataclasses.field(default_factory=list)
    volumes: list = dataclasses.field(default_factory=list)
    ports: list = dataclasses.field(default_factory=list)
    stop_signal: str = "SIGTERM"
    labels: dict = dataclasses.field(default_factory=dict)


def instructions(text):
    """The file's instructions as (name, flags, rest), continued lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            flags = {}
            while match := re.match(r"--([a-z-]+)=(\S+)\s+", rest):
                flags[match[1]] = match[2]
                rest = rest[match.end():]
            yield name.upper(), flags, rest.strip()


def substitute(text, variables):
    def value(match):
        name = match[1] or match[2]
        if name not in variables:
            raise Refused(f"${name} has no value in: {text}")
        return variables[name]

    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", value, text)


def pairs(text):
    return dict(word.split("=", 1) for word in shlex.split(text))


def read(text):
    """The file's stages by name, in order, and the arguments before the first."""
    arguments, stages = {}, {}
    stage = None
    for name, flags, rest in instructions(text):
        if name == "FROM":
            base, _, alias = rest.partition(" AS ")
            if not alias:
                raise Refused(f"a stage without a name: FROM {rest}")
            stage = Stage(alias, base, [])
            stages[alias] = stage
        elif stage is not None:
            stage.steps.append((name, flags, rest))
        elif name == "ARG":
            arguments.update(pairs(rest))
        else:
            raise Refused(f"{name} before the first FROM")
    return arguments, stages


def config_of(stages, name):
    stage = stages[name]
    config = config_of(stages, stage.base) if stage.base in stages else Config()
    for instruction, flags, rest in stage.steps:
        match instruction:
            case "ENV":
                config.env.update(pairs(rest))
            case "USER":
                config.user = rest
            case "WORKDIR":
                config.workdir = rest
            case "ENTRYPOINT":
                config.entrypoint = json.loads(rest)
            case "HEALTHCHECK":
                config.healthcheck = json.loads(rest.removeprefix("CMD"))
            case "VOLUME":
                config.volumes.append(rest)
            case "EXPOSE":
                config.ports.append(rest)
            case "STOPSIGNAL":
                config.stop_signal = rest
            case "LABEL":
                config.labels.update(pairs(rest))
            case "ARG" | "RUN" | "COPY":
                pass
            case _:
                raise Refused(f"the instruction {instruction}")
    return config


def sent_to_builder(context, ignore):
    """The paths in `context` that the ignore file lets through: it ignores all and lists exceptions."""
    lines = [line for line in ignore.splitlines() if line and not line.startswith("#")]
    if not lines or lines[0] != "*":
        raise Refused(".dockerignore that does not begin with *")
    sent = [line[1:] for line in lines if line.startswith("!")]
    hidden = [line for line in lines[1:] if not line.startswith("!")]
    if any("*" in name for name in sent) or any("*" in name for name in hidden):
        raise Refused(".dockerignore with patterns")
    return [name for name in sent if (context / name).exists()], hidden


class Builder:
    def __init__(self, text, context, base, work):
        self.arguments, self.stages = read(text)
        self.context, self.base, self.work = context, base, work
        self.ignore = (context / ".dockerignore").read_text(encoding="utf-8")
        self.built = set()

    def root(self, name):
        return self.work / name

    def build(self, name):
        if name in self.built:
            return
        stage = self.stages[name]
        root = self.root(name)
        base = substitute(stage.base, self.arguments)
        if base in self.stages:
            self.build(base)
            copy_tree(self.root(base), root)
        elif base == "scratch":
            root.mkdir(parents=True)
        else:
            copy_tree(self.base, root)
        variables, workdir = {}, "/"
        if base in self.stages:
            config = config_of(self.stages, base)
            variables, workdir = dict(config.env), config.workdir
        for instruction, flags, rest in stage.steps:
            print(f"[{name}] {instruction} {rest[:100]}", flush=True)
            if instruction == "ARG":
                variables.update(pairs(rest))
            elif instruction == "ENV":
                variables.update(pairs(rest))
            elif instruction == "WORKDIR":
                workdir = rest
                inside(root, rest).mkdir(parents=True, exist_ok=True)
            elif instruction == "COPY":
                self.copy(root, workdir, flags, substitute(rest, variables).split())
            elif instruction == "RUN":
                run(root, workdir, variables, rest)
        self.built.add(name)

    def copy(self, root, workdir, flags, words):
        """As builders do: a directory's entries rather than itself; what is made, and what is there below the target,
        has the owner of `--chown`, else root of the context's files and its own of a stage's. A target that is there
        keeps its owner and mode. Of the mode of a target that is made from a directory builders differ.
        """
        *sources, target = words
        unknown = flags.keys() - {"from", "chown"}
        if unknown or not target.endswith("/") and target != ".":
            raise Refused(f"COPY {flags} {words}")
        origin, owner = self.context, flags.get("chown", "0:0")
        if "from" in flags:
            self.build(flags["from"])
            origin, owner = self.root(flags["from"]), flags.get("chown")
        target = inside(root, os.path.join(workdir, target))
        if not target.is_dir() and any(inside(origin, source).is_dir() for source in sources):
            raise Refused(f"COPY of a directory to one that is not there: {words}")
        make_directory(target, owner or "0:0")
        for source in sources:
            path = inside(origin, source)
            if source == "." and origin == self.context:
                names, hidden = sent_to_builder(self.context, self.ignore)
                tar(origin, names, target, owner, [f"--exclude=./{h}" for h in hidden])
            elif path.is_dir():
                tar(path, sorted(os.listdir(path)), target, owner, [])
            else:
                tar(path.parent, [path.name], target, owner, [])


def inside(root, path):
    return root / str(path).lstrip("/")


def make_directory(path, owner):
    """With the parents that are missing, all of one owner."""
    if not path.is_dir():
        make_directory(path.parent, owner)
        path.mkdir(0o755)
        os.chown(path, *map(int, owner.split(":")))


def tar(origin, names, target, owner, options):
    """Copies the entries with their modes, and with their owners where `owner` is None."""
    if owner is not None:
        user, group = owner.split(":")
        # The names before the numbers are not read again.
        options = [*options, f"--owner=owner:{user}", f"--group=group:{group}"]
    pack = subprocess.Popen(
        # The list that is empty lets a directory be empty.
        ["tar", "-C", origin, *options, "--files-from=/dev/null", "-c", *[f"./{name}" for name in names]],
        stdout=subprocess.PIPE)
    subprocess.run(["tar", "-C", target, "--same-owner", "--numeric-owner", "--keep-directory-symlink", "-x"],
                   stdin=pack.stdout, check=True)
    if pack.wait() != 0:
        raise Refused(f"could not copy {names} from {origin}")


def copy_tree(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", "--reflink=auto", source, target], check=True)


def run(root, workdir, variables, command):
    """In a chroot with /proc and /dev, and with this machine's way to Debian's packages."""
    for name in ("proc", "dev"):
        subprocess.run(["mount", "--rbind", f"/{name}", root / name], check=True)
    try:
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
        for name in ("http_proxy", "https_proxy", "no_proxy"):
            if name in os.environ:
                environment[name] = os.environ[name]
        subprocess.run(["chroot", root, "/bin/sh", "-c", f"cd {shlex.quote(workdir)} && {command}"],
                       env=environment | variables, check=True)
    finally:
        for name in ("proc", "dev"):
            subprocess.run(["umount", "--lazy", root / name], check=True)


def as_shell(config):
    def array(name, words):
        return f"{name}=({' '.join(shlex.quote(word) for word in words)})"

    return "\n".join([
        f"image_user={shlex.quote(config.user)}",
        f"image_workdir={shlex.quote(config.workdir)}",
        f"image_stop_signal={shlex.quote(config.stop_signal)}",
        array("image_env", [f"{name}={value}" for name, value in config.env.items()]),
        array("image_entrypoint", config.entrypoint),
        array("image_healthcheck", config.healthcheck),
        array("image_volumes", config.volumes),
    ])


def main(arguments):
    match arguments:
        case ["build", file, context, base, work, *names] if names:
            builder = Builder(pathlib.Path(file).read_text(encoding="utf-8"), pathlib.Path(context).resolve(),
                              pathlib.Path(base).resolve(), pathlib.Path(work).resolve())
            for name in names:
                builder.build(name)
        case ["config", file, name]:
            _, stages = read(pathlib.Path(file).read_text(encoding="utf-8"))
            print(as_shell(config_of(stages, name)))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Refused, subprocess.CalledProcessError) as error:
        sys.exit(f"dockerfile: {error}")
