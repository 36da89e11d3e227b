"""Counts packets to an address of IPv4: sniffer.py ADDRESS. Proves first that it sees one of its own; each line read from
standard input is answered with the number of packets since then."""

import select
import socket
import sys
import time

address = socket.inet_aton(sys.argv[1])
wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def to_address(packet):
    # an IPv4 header's destination, or the question of ARP for it
    return address in (packet[16:20], packet[24:28])


def seen(patience):
    count, deadline = 0, time.monotonic() + patience
    while select.select([wire], [], [], max(0, deadline - time.monotonic()))[0]:
        count += to_address(wire.recv(65536))
        # what has come is counted to its end, what still comes is not waited for
        deadline = min(deadline, time.monotonic() + 0.05)
    return count


wire.settimeout(20)
own.sendto(b"does it see this?", (sys.argv[1], 9))
while True:
    packet, (way, *_) = wire.recvfrom(65536)
    if to_address(packet):
        break
# only the way that packets there take: the other traffic of this machine never ends
wire.close()
wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
wire.bind((way, 3))
own.sendto(b"and this?", (sys.argv[1], 9))
deadline = time.monotonic() + 20
while not seen(0.2):
    assert time.monotonic() < deadline, "not seen"
seen(0.2)
print("ready", flush=True)
for _ in sys.stdin:
    print(seen(0.3), flush=True)
