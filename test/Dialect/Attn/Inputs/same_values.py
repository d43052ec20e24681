#!/usr/bin/env python3
"""Checks that passes keep the values of every function of a file.

usage: same_values.py <sqa-opt> <sqa-interpret> <file.mlir> <scratch> [pass options]

Runs each function in the interpreter as it stands and after the passes, on the
same random inputs; a `?` of a type is 6. Functions on memrefs are skipped.
Prints each difference and exits with 1 if there is one.
"""

import re
import subprocess
import sys

FUNCTION = re.compile(r"func\.func @(\w+)\((.*?)\)\s*(?:->\s*(.*?))?\s*\{\n", re.DOTALL)
ARGUMENT = re.compile(r"%\w+: (tensor<[^>]*>|\w+)")


def random_input(number: int, type_text: str) -> str:
    if type_text == "index":
        return "--input=index=3"
    shape, _, element = re.sub(r"tensor<|>", "", type_text).rpartition("x")
    shape = shape.replace("?", "6") + ("x" if shape else "")
    if element == "i1":
        return f"--input={shape}i1=random({number}, 0, 1)"
    if element.startswith("i"):
        return f"--input={shape}{element}=random({number}, 0, 8)"
    if not shape:
        return f"--input={element}=0.75"
    return f"--input={shape}{element}=random({number})"


def split_types(text: str) -> list[str]:
    return re.findall(r"tensor<[^>]*>|\w+", text or "")


def main() -> int:
    opt, interpret, path, scratch, *options = sys.argv[1:]
    after = f"{scratch}.after.mlir"
    subprocess.run([opt, path, "-o", after, *options], check=True)
    compared, errors = 0, []
    for name, arguments, results in FUNCTION.findall(open(path).read()):
        if "memref" in arguments or not results:
            continue
        inputs = [random_input(n, t) for n, t in enumerate(ARGUMENT.findall(arguments), start=1)]
        files = [f"@{scratch}.{name}.{n}.npy" for n in range(len(split_types(results)))]
        run = [interpret, f"--function={name}", *inputs]
        commands = [run + [path] + [f"--output={f}" for f in files],
                    run + [after] + [f"--expected-output={f}" for f in files]]
        compared += 1
        for command in commands:
            done = subprocess.run(command, text=True, capture_output=True)
            if done.returncode != 0:
                errors.append(f"@{name}: {' '.join(command)}\n{done.stdout}{done.stderr}")
                break
    for error in errors:
        print(error)
    print(f"{compared} functions, {len(errors)} errors")
    return 1 if errors or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
