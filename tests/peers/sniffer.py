"""Counts packets to an address of IPv4: sniffer.py ADDRESS. Proves first that it sees one of its own; each line read from
standard input is answered with the number of packets since then."""

import select
import socket
import sys

address = sys.argv[1]
wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def seen(patience):
    count = 0
    while select.select([wire], [], [], patience)[0]:
        packet = wire.recv(65536)
        # an IPv4 header's destination, or the question of ARP for it
        if packet[16:20] == socket.inet_aton(address) or packet[24:28] == socket.inet_aton(address):
            count += 1
    return count


wire.settimeout(10)
own.sendto(b"does it see this?", (address, 9))
while True:
    packet = wire.recv(65536)
    if socket.inet_aton(address) in (packet[16:20], packet[24:28]):
        break
seen(0.2)
print("ready", flush=True)
for _ in sys.stdin:
    print(seen(0.2), flush=True)
