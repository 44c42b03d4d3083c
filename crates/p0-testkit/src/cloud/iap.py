# A stand-in for the relay of Google's Identity-Aware Proxy, as the real gcloud speaks to it, and for the proxy in front of
# it: `CONNECT`, TLS, a WebSocket (RFC 6455) in which frames carry bytes (tag, length, data) to a server on this machine.
#
#   iap.py CERTIFICATE KEY PORT REFUSALS
#
# It prints the port that it listens on. Each file in the directory REFUSALS, in their order, closes one connection with
# the code and the reason in it.
import base64, hashlib, os, socket, ssl, struct, sys, threading

certificate, key, target, refusals = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
CLOSE, BINARY = 8, 2
CONNECTED, DATA = 1, 4


def exactly(stream, count):
    data = b''
    while len(data) < count:
        piece = stream.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def head(stream):
    text = b''
    while not text.endswith(b'\r\n\r\n'):
        text += exactly(stream, 1)
    lines = text.decode().split('\r\n')
    fields = (line.split(': ', 1) for line in lines[1:] if ': ' in line)
    return lines[0], {name.lower(): value for name, value in fields}


def send(stream, opcode, data):
    length = len(data)
    size = bytes([length]) if length < 126 else struct.pack('!BH', 126, length)
    stream.sendall(bytes([0x80 | opcode]) + size + data)


def receive(stream):
    opcode, length = exactly(stream, 2)
    length &= 0x7F
    if length == 126:
        (length,) = struct.unpack('!H', exactly(stream, 2))
    elif length == 127:
        (length,) = struct.unpack('!Q', exactly(stream, 8))
    mask = exactly(stream, 4)
    data = exactly(stream, length)
    return opcode & 15, bytes(byte ^ mask[n % 4] for n, byte in enumerate(data))


def refusal():
    for name in sorted(os.listdir(refusals)):
        path = os.path.join(refusals, name)
        with open(path) as file:
            code, reason = file.read().strip().split(' ', 1)
        os.remove(path)
        return struct.pack('!H', int(code)) + reason.encode()


def serve(client):
    asked, _ = head(client)
    assert asked.startswith('CONNECT tunnel.cloudproxy.app:443 '), asked
    client.sendall(b'HTTP/1.1 200 OK\r\n\r\n')
    stream = context.wrap_socket(client, server_side=True)
    asked, fields = head(stream)
    print(asked, fields['authorization'], file=sys.stderr, flush=True)
    accept = hashlib.sha1((fields['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').encode()).digest()
    answer = [
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Accept: ' + base64.b64encode(accept).decode(),
        'Sec-WebSocket-Protocol: relay.tunnel.cloudproxy.app',
    ]
    stream.sendall('\r\n'.join([*answer, '', '']).encode())
    refused = refusal()
    if refused:
        send(stream, CLOSE, refused)
        return stream.close()
    send(stream, BINARY, struct.pack('!HI', CONNECTED, 3) + b'sid')
    machine = socket.create_connection(('127.0.0.1', int(target)))
    threading.Thread(target=back, args=(machine, stream), daemon=True).start()
    while True:
        opcode, data = receive(stream)
        if opcode == CLOSE:
            break
        if opcode == BINARY and struct.unpack('!H', data[:2]) == (DATA,):
            machine.sendall(data[6:])
    machine.close()


def back(machine, stream):
    while piece := machine.recv(16384):
        send(stream, BINARY, struct.pack('!HI', DATA, len(piece)) + piece)
    send(stream, CLOSE, struct.pack('!H', 1000))


listener = socket.create_server(('127.0.0.1', 0))
print('listening on', listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
