#!/usr/bin/env python3
"""Feeds damaged generic forms of ops to a tool: each must be read or refused.

usage: mutate.py <sqa-opt> <file.mlir> [count] [seed]

Prints the functions of the file in generic form, damages each copy in one to
three places (operand groups, operands, types, attributes, region arguments,
terminators) and runs the tool on all copies at once. A copy may parse or give
a diagnostic; a crash is an error, narrowed down to the copy that causes it.
"""

import random
import re
import subprocess
import sys

SPLIT = "\n// -----\n"
TYPES = ["f32", "i1", "index", "tensor<?xf32>", "tensor<1x2x3x4xf32>", "tensor<*xf32>",
         "tensor<0x0x0x0xbf16>", "memref<4xf32>", "memref<?x?xf32>", "vector<4xf32>",
         "tensor<9223372036854775807x1x1x1xf32>", "complex<f32>", "none", "() -> ()"]
ATTRIBUTES = ["-1 : i64", "9223372036854775807 : i64", "0x7FC00000 : f32", "unit", "\"\"", "[]",
              "#attn<layout bshd>", "#attn<alignment offset>", "array<i32: 1, 2>", "dense<1> : tensor<2xi32>"]


def groups(rng, text):
    """operandSegmentSizes: one size changed, or the list cut."""
    def damage(match):
        sizes = match.group(1).split(", ")
        index = rng.randrange(len(sizes))
        kind = rng.randrange(4)
        if kind == 0:
            sizes[index] = str(rng.choice([0, 1, 2, 3, 7, -1, 2147483647]))
        elif kind == 1:
            other = rng.randrange(len(sizes))
            sizes[index], sizes[other] = sizes[other], sizes[index]
        elif kind == 2:
            total = sum(int(size) for size in sizes)
            sizes = ["0"] * len(sizes)
            sizes[index] = str(total)
        else:
            sizes.pop(index)
        return f"operandSegmentSizes = array<i32: {', '.join(sizes)}>"
    return re.sub(r"operandSegmentSizes = array<i32: ([^>]*)>", damage, text, count=1)


def pick(rng, pattern, text):
    found = list(re.finditer(pattern, text))
    return rng.choice(found) if found else None


def replaced(match, text, new):
    return text if match is None else text[:match.start()] + new + text[match.end():]


def types(rng, text):
    """One type, everywhere (so that the parser lets it pass) or in one place."""
    match = pick(rng, r"(?:tensor|memref)<[^<>]*>|\bindex\b|(?<=: )f32\b", text)
    if match is None or rng.random() < 0.2:
        return replaced(match, text, rng.choice(TYPES))
    found = list(re.finditer(r"tensor<[^<>]*>|memref<[^<>]*>", text))
    new = rng.choice(TYPES[:-1] + [m.group(0) for m in found])
    if rng.random() < 0.5:  # One dimension of the type.
        new = re.sub(r"(?<=[<x])(\d+|\?)(?=x)", lambda m: rng.choice(
            [m.group(0), "0", "1", "?", "3", "4294967296"]), match.group(0))
    return text.replace(match.group(0), new)


def operands(rng, text):
    match = pick(rng, r"%[a-z0-9_#]+", text)
    other = pick(rng, r"%[a-z0-9_#]+", text)
    return replaced(match, text, other.group(0)) if other else text


def attributes(rng, text):
    match = pick(rng, r"(\w+) = (?:#attn<\w+ \w+>|-?[0-9.e+]+ : \w+)", text)
    if match is None:
        return text
    return replaced(match, text, f"{match.group(1)} = {rng.choice(ATTRIBUTES)}")


def names(rng, text):
    match = pick(rng, r"<\{(\w+) = ", text)
    return replaced(match, text, f"<{{{rng.choice(['causal', 'window_left', 'alignment', 'rows_last', 'layout', 'x'])} = ")


def arguments(rng, text):
    match = pick(rng, r", %[a-z0-9_]+: [^,()]*(?=[,)])|%[a-z0-9_]+: [^,()]*, ", text)
    return replaced(match, text, "")


def terminators(rng, text):
    match = pick(rng, r"\"attn\.yield\"\([^\n]*", text)
    return replaced(match, text, rng.choice([
        "", "\"attn.yield\"() : () -> ()", "\"func.return\"() : () -> ()", "\"ub.unreachable\"() : () -> ()"]))


def lines(rng, text):
    rows = text.split("\n")
    row = rng.randrange(len(rows))
    return "\n".join(rows[:row] + rows[row + 1:] if rng.random() < 0.7 else rows[:row] + [rows[row]] + rows[row:])


DAMAGE = [groups, groups, types, types, operands, attributes, names, arguments, terminators, lines]


def crashes(tool, copies):
    # Signals are negative; MLIR's own handler exits with 128 + signal.
    code = subprocess.run([tool, "--split-input-file", "-o", "/dev/null", "-"], input=SPLIT.join(copies),
                          text=True, capture_output=True).returncode
    return code < 0 or code >= 128


def main() -> int:
    tool, path = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 300
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    rng = random.Random(seed)
    generic = subprocess.run([tool, "--mlir-print-op-generic", "--mlir-print-local-scope", path], text=True,
                             capture_output=True, check=True).stdout
    functions = re.split(r"(?=^  \"func\.func\")", generic, flags=re.MULTILINE)[1:]
    functions[-1] = functions[-1].rsplit("}) : () -> ()", 1)[0]
    copies = []
    for _ in range(count):
        text = rng.choice(functions)
        for _ in range(rng.randint(1, 3)):
            text = rng.choice(DAMAGE)(rng, text)
        copies.append(text)
    if not crashes(tool, copies):
        print(f"{count} damaged copies of {len(functions)} functions, seed {seed}: no crash")
        return 0
    for number, copy in enumerate(copies):
        if crashes(tool, [copy]):
            print(f"seed {seed}, copy {number} crashes {tool}:\n{copy}")
            return 1
    print(f"seed {seed}: the copies crash {tool} together, none of them alone")
    return 1


if __name__ == "__main__":
    sys.exit(main())
