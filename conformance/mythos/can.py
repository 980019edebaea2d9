"""MYTHOS-CAN a second time, from RFC-MYTHOS-0001 section 7 alone and in nobody's code of ours: reads a line of hexadecimal digits,
decodes it strictly, and prints what its value encodes to, or `refused`. Run beside our own codec by can-python.test.ts."""
import sys

DEPTH = 64


class Signed(int):
    """A signed integer, which is another value than the unsigned one of the same number."""


class Refused(Exception):
    pass


def need(condition):
    if not condition:
        raise Refused


def read_number(data, at):
    value = shift = 0
    while True:
        need(at < len(data))
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            need(byte != 0 or shift == 0)
            need(value < 1 << 64)
            return value, at
        shift += 7
        need(shift < 70)


def read(data, at, depth):
    need(at < len(data))
    tag = data[at]
    at += 1
    if tag < 3:
        return (None, False, True)[tag], at
    need(tag <= 8)
    number, at = read_number(data, at)
    if tag == 3:
        return number, at
    if tag == 4:
        return Signed(number >> 1 if number % 2 == 0 else -(number >> 1) - 1), at
    if tag in (5, 6):
        need(at + number <= len(data))
        content = bytes(data[at : at + number])
        try:
            return (content if tag == 5 else content.decode("utf-8")), at + number
        except UnicodeDecodeError:
            raise Refused
    need(depth < DEPTH and number <= len(data) - at)
    items, previous = [], None
    for _ in range(number):
        start = at
        item, at = read(data, at, depth + 1)
        if tag == 8:
            key = bytes(data[start:at])
            need(previous is None or previous < key)
            previous = key
            value, at = read(data, at, depth + 1)
            item = (item, value)
        items.append(item)
    return (items if tag == 7 else tuple(items)), at


def leb(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def write(value):
    if value is None or isinstance(value, bool):
        return bytes([{None: 0, False: 1, True: 2}[value]])
    if isinstance(value, Signed):
        return b"\x04" + leb(2 * value if value >= 0 else -2 * value - 1)
    if isinstance(value, int):
        return b"\x03" + leb(value)
    if isinstance(value, bytes):
        return b"\x05" + leb(len(value)) + value
    if isinstance(value, str):
        return b"\x06" + leb(len(value.encode("utf-8"))) + value.encode("utf-8")
    if isinstance(value, list):
        return b"\x07" + leb(len(value)) + b"".join(map(write, value))
    pairs = sorted((write(key), write(item)) for key, item in value)
    return b"\x08" + leb(len(pairs)) + b"".join(key + item for key, item in pairs)


for line in sys.stdin:
    try:
        data = bytes.fromhex(line.strip())
        value, end = read(data, 0, 0)
        need(end == len(data))
        print(write(value).hex())
    except Refused:
        print("refused")
