# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bars in groups with marks above them, as SVG; needs the standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

COLOURS = ("#1b6ca8", "#e07b39", "#7a9e3f", "#8d6cab", "#777777")
BAR, GAP, HEIGHT, LEFT, TOP, BOTTOM = 14, 22, 260, 60, 60, 90


@dataclass
class Group:
    """One problem: a bar for each system that has a number, and a ceiling."""

    label: str
    values: dict[str, float]
    ceiling: float | None = None


def text(x: float, y: float, words: str, anchor: str = "middle", size: int = 11, turn: int = 0) -> str:
    turned = f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else ""
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{turned} '
            f'font-family="sans-serif">{escape(words)}</text>')


def draw_bars(path: Path, title: str, unit: str, groups: list[Group]) -> None:
    systems = list(dict.fromkeys(name for group in groups for name in group.values))
    top = max([v for g in groups for v in g.values.values()] + [g.ceiling or 0 for g in groups]) * 1.08
    width = LEFT + 20 + len(groups) * (len(systems) * BAR + GAP)

    def height(value: float) -> float:
        return TOP + HEIGHT * (1 - value / top)

    parts = [text(LEFT, 20, title, "start", 14), text(16, TOP + HEIGHT / 2, unit, turn=-90)]
    for step in range(5):
        value = top * step / 4
        parts.append(f'<line x1="{LEFT}" x2="{width}" y1="{height(value):.1f}" y2="{height(value):.1f}" stroke="#ddd"/>')
        parts.append(text(LEFT - 6, height(value) + 4, f"{value:.2f}", "end"))
    for number, name in enumerate(systems):
        x = LEFT + 150 * number
        parts.append(f'<rect x="{x}" y="32" width="10" height="10" fill="{COLOURS[number % len(COLOURS)]}"/>')
        parts.append(text(x + 15, 41, name, "start"))
    for at, group in enumerate(groups):
        x = LEFT + GAP / 2 + at * (len(systems) * BAR + GAP)
        for number, name in enumerate(systems):
            if name in group.values:
                y = height(group.values[name])
                parts.append(f'<rect x="{x + number * BAR:.1f}" y="{y:.1f}" width="{BAR - 2}" '
                             f'height="{TOP + HEIGHT - y:.1f}" fill="{COLOURS[number % len(COLOURS)]}"/>')
        if group.ceiling:
            y = height(group.ceiling)
            parts.append(f'<line x1="{x - 3:.1f}" x2="{x + len(systems) * BAR:.1f}" y1="{y:.1f}" y2="{y:.1f}" '
                         'stroke="#c00" stroke-width="2"/>')
        middle = x + len(systems) * BAR / 2
        parts.append(text(middle, TOP + HEIGHT + 14, group.label, "end", 10, -35))
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{TOP + HEIGHT + BOTTOM}">\n'
                    '<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")
