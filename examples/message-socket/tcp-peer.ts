// SPDX-License-Identifier: LGPL-2.1-or-later

// The other end of the client's real TCP socket, over loopback. JavaScript has no way to send out of band, python has.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

const PROGRAM = `
import socket, sys
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    peer, _ = server.accept()
with peer:
    for line in sys.stdin:
        kind, text = line.rstrip().split(" ", 1)
        peer.send(text.encode(), socket.MSG_OOB if kind == "urgent" else 0)
`;

export interface TcpPeer {
  port: number;
  send(kind: 'message' | 'urgent', text: string): void;
  end(): void;
}

export async function startTcpPeer(): Promise<TcpPeer> {
  const python = spawn('python3', ['-c', PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = (await once(python.stdout, 'data')) as [Buffer];
  return {
    port: Number(String(port)),
    send: (kind, text) => void python.stdin.write(`${kind} ${text}\n`),
    end: () => void python.stdin.end(),
  };
}
