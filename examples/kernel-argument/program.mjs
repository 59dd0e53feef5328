// SPDX-License-Identifier: LGPL-2.1-or-later

// A program whose kernel is an argument: a server that answers lines in capitals, and a client that asks. It makes and waits for nothing but what its
// kernel gives, so that it runs unchanged on this machine's and on a simulated one (main.mjs). It prints nothing, and imports nothing of a runtime.

/** @typedef {import('vpoll/sim').Kernel} Kernel @typedef {import('vpoll/sim').KernelSocket} KernelSocket */

/** Writes all of it, as there is room. @param {Kernel} kernel @param {KernelSocket} socket @param {string} text */
async function say({ Poller }, socket, text) {
  const poller = Poller.create();
  poller.add(socket.fd, 'OUT');
  for (let rest = new TextEncoder().encode(text); rest.length > 0;) {
    await poller.wait();
    rest = rest.subarray(socket.write(rest));
  }
  poller.close();
}

/** Lines as they come, until the other end says no more. @param {Kernel} kernel @param {KernelSocket} socket */
async function* linesOf({ Poller }, socket) {
  const poller = Poller.create();
  const decoder = new TextDecoder();
  poller.add(socket.fd, 'IN');
  let text = '';
  for (;;) {
    await poller.wait();
    const bytes = socket.read();
    if (bytes.length === 0) break;
    const lines = (text + decoder.decode(bytes, { stream: true })).split('\n');
    text = lines.pop() ?? '';
    yield* lines;
  }
  poller.close();
}

/** Answers each line, until there are no more. @param {Kernel} kernel @param {KernelSocket} socket */
export async function serve(kernel, socket) {
  for await (const line of linesOf(kernel, socket)) await say(kernel, socket, `${line.toUpperCase()}\n`);
  socket.close();
}

/** Asks one line after the other: the answers. @param {Kernel} kernel @param {KernelSocket} socket @param {readonly string[]} lines */
export async function ask(kernel, socket, lines) {
  const answers = [];
  const asking = (async () => {
    for (const line of lines) {
      await say(kernel, socket, `${line}\n`);
      await kernel.sleep(1);
    }
    socket.shutdown('write');
  })();
  for await (const answer of linesOf(kernel, socket)) answers.push(answer);
  await asking;
  socket.close();
  return answers;
}

/** Both ends in one: what the server answers. @param {Kernel} kernel @param {readonly string[]} lines */
export async function program(kernel, lines) {
  const [one, other] = kernel.socketpair();
  const [answers] = await Promise.all([ask(kernel, one, lines), serve(kernel, other)]);
  return answers;
}
