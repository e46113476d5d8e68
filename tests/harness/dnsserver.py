# SPDX-License-Identifier: BSD-3-Clause
"""A name server for one test: dnsserver.py ADDRESS. Knows two names, prints the ids it saw."""
import socket
import struct
import sys

NAMES = {"one.test": "10.77.0.11", "two.test": "10.77.0.22"}


def question(packet):
    """(name, type, end of the question)"""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode())
        at += 1 + packet[at]
    return ".".join(labels), struct.unpack_from("!H", packet, at + 1)[0], at + 5


def answer(packet):
    name, kind, end = question(packet)
    address = NAMES.get(name) if kind == 1 else None
    code = 0 if name in NAMES else 3
    head = packet[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, 1 if address else 0, 0, 0)
    record = b""
    if address:
        record = struct.pack("!HHHIH", 0xc00c, 1, 1, 60, 4) + socket.inet_aton(address)
    return head + packet[12:end] + record


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((sys.argv[1], 53))
        print("listening", flush=True)
        while True:
            packet, peer = server.recvfrom(2048)
            print(f"id {packet[0] << 8 | packet[1]}", flush=True)
            server.sendto(answer(packet), peer)


if __name__ == "__main__":
    main()
