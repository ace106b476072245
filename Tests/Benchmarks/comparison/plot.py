"""A plot of two figures against the number of listeners."""

import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 360, 80, 80, 30, 50


def above(value):
    """The next number whose quarters are easy to read."""
    unit = 10 ** math.floor(math.log10(value))
    return next(unit * steps for steps in (1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12) if unit * steps >= value)


def plot(points):
    """SVG of (listeners, deliveries/s, KiB per stream); each figure has its own axis, from zero on."""
    most = max(count for count, _, _ in points)
    tallest = [above(max(point[which] for point in points)) for which in (1, 2)]
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(count, value, top):
        return f"{LEFT + wide * count / most:.1f},{TOP + high * (1 - value / top):.1f}"

    def line(which, colour):
        spots = [place(point[0], point[which], tallest[which - 1]) for point in points]
        marks = "".join(f'<circle cx="{s.split(",")[0]}" cy="{s.split(",")[1]}" r="4" fill="{colour}"/>' for s in spots)
        return f'<polyline points="{" ".join(spots)}" fill="none" stroke="{colour}" stroke-width="2"/>{marks}'

    def text(x, y, words, anchor="middle", colour="#333"):
        return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{colour}">{words}</text>'

    blue, orange = "#1f5fa8", "#c2571a"
    parts = [f'<line x1="{LEFT}" y1="{TOP + high}" x2="{LEFT + wide}" y2="{TOP + high}" stroke="#333"/>']
    for count, _, _ in points:
        if count >= most / 10:
            parts.append(text(LEFT + wide * count / most, TOP + high + 18, f"{count:,}"))
    parts.append(text(LEFT + wide / 2, HEIGHT - 8, "listeners of one node on one core"))
    for step in range(5):
        y = TOP + high * (1 - step / 4)
        parts.append(f'<line x1="{LEFT}" y1="{y:.0f}" x2="{LEFT + wide}" y2="{y:.0f}" stroke="#ddd"/>')
        parts.append(text(LEFT - 8, y + 4, f"{tallest[0] * step / 4 / 1000:,.0f} k", "end", blue))
        parts.append(text(LEFT + wide + 8, y + 4, f"{tallest[1] * step / 4:.1f}", "start", orange))
    parts.append(text(LEFT, 18, "deliveries/s", "middle", blue))
    parts.append(text(LEFT + wide, 18, "KiB per stream", "middle", orange))
    parts += [line(1, blue), line(2, orange)]
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
        f' font-size="13">\n<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )
