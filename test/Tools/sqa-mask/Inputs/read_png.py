"""Prints a palette PNG: its size, then one character a square of n pixels.

usage: read_png.py file.png n
"""

import struct
import sys
import zlib

data, square = open(sys.argv[1], "rb").read(), int(sys.argv[2])
assert data[:8] == b"\x89PNG\r\n\x1a\n", "no PNG"
at, chunks = 8, {}
while at < len(data):
    length, name = struct.unpack(">I4s", data[at:at + 8])
    body = data[at + 8:at + 8 + length]
    (checksum,) = struct.unpack(">I", data[at + 8 + length:at + 12 + length])
    assert checksum == zlib.crc32(name + body), f"checksum of {name}"
    chunks[name.decode()] = body
    at += 12 + length
width, height, bits, kind = struct.unpack(">IIBB", chunks["IHDR"][:10])
assert (bits, kind, list(chunks)) == (8, 3, ["IHDR", "PLTE", "IDAT", "IEND"])
rows = zlib.decompress(chunks["IDAT"])
assert len(rows) == (width + 1) * height
print(width, height, len(chunks["PLTE"]) // 3)
# The middle of each square: borders of tiles have another colour.
for y in range(square // 2, height, square):
    print("".join("-.+#|"[rows[y * (width + 1) + 1 + x]] for x in range(square // 2, width, square)))
