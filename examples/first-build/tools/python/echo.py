"""echo as a process: one frame in, one frame out. A frame is its length (unsigned LEB128) and that many bytes of MYTHOS-CAN.

The request is the map {1: tool id, 2: idempotency key, 3: body}; the answer is {1: status, 2: body}. The body is passed on as it is."""
import sys

NULL, FALSE, TRUE, UNSIGNED, SIGNED, BYTES, TEXT, LIST, MAP = range(9)
DONE = bytes([MAP, 2, UNSIGNED, 1, UNSIGNED, 200, 1, UNSIGNED, 2])  # {1: 200, 2: the body follows}
BODY = 3


def number(data, at):
    """The LEB128 number at an offset, and the offset behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def skip(data, at):
    """The offset behind the value at an offset. The gateway has checked that it is one."""
    tag, at = data[at], at + 1
    if tag <= TRUE:
        return at
    count, at = number(data, at)
    if tag in (UNSIGNED, SIGNED):
        return at
    if tag in (BYTES, TEXT):
        return at + count
    for _ in range(count * (2 if tag == MAP else 1)):
        at = skip(data, at)
    return at


def body(request):
    """The bytes of field 3."""
    count, at = number(request, 1)
    for _ in range(count):
        field, at = number(request, at + 1)
        end = skip(request, at)
        if field == BODY:
            return request[at:end]
        at = end
    raise ValueError("the request has no body")


def frame(data):
    head, rest = bytearray(), len(data)
    while rest >= 0x80:
        head.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes(head) + bytes([rest]) + data


received = sys.stdin.buffer.read()
length, start = number(received, 0)
sys.stdout.buffer.write(frame(DONE + body(received[start : start + length])))
