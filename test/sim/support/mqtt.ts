// SPDX-License-Identifier: LGPL-2.1-or-later

// A client and a broker that speak MQTT by npm's mqtt-packet, over a socketpair of their kernel and in pieces: every publish of the client comes back
// to it, and each side acknowledges what it gets.

import * as mqtt from 'mqtt-packet';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLOUT, VPollError, type Kernel, type KernelSocket, type Tasks } from '../../../src/sim/index.js';
import { deferred } from './parts.js';

/** 1 to `most`. */
function cut(most: number): number {
  return 1 + Math.floor(Math.random() * most);
}

/** What a call gives that may find nothing, or no room: undefined where it must be made again. */
function tried<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof VPollError && error.code === 'EAGAIN') return undefined;
    throw error;
  }
}

/** One end of a connection. */
class Connection {
  readonly #kernel: Kernel;
  readonly #socket: KernelSocket;
  readonly #dropsRest: boolean;
  readonly #parser = mqtt.parser();
  #arrived: mqtt.Packet[] = [];
  /** The end of the last send, which the next one waits for. */
  #sent: Promise<void> = Promise.resolve();

  constructor(kernel: Kernel, socket: KernelSocket, dropsRest: boolean) {
    this.#kernel = kernel;
    this.#socket = socket;
    this.#dropsRest = dropsRest;
    this.#parser.on('packet', (packet: mqtt.Packet) => this.#arrived.push(packet));
    this.#parser.on('error', (error: unknown) => {
      throw error as Error;
    });
  }

  send(packet: mqtt.Packet): Promise<void> {
    this.#sent = this.#sent.then(() => this.#write(mqtt.generate(packet)));
    return this.#sent;
  }

  /** The next packet. The mistake: what came behind it in the same piece is forgotten. */
  async next(): Promise<mqtt.Packet> {
    while (this.#arrived.length === 0) this.#parser.parse(Buffer.from(await this.#read()));
    const [first, ...rest] = this.#arrived;
    this.#arrived = this.#dropsRest ? [] : rest;
    return first!;
  }

  async #read(): Promise<Uint8Array> {
    for (;;) {
      await this.#until(EPOLLIN);
      const bytes = tried(() => this.#socket.read(cut(40)));
      if (bytes?.length === 0) throw new Error('the other end is gone');
      if (bytes) return bytes;
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      await this.#until(EPOLLOUT);
      rest = rest.subarray(tried(() => this.#socket.write(rest.subarray(0, cut(rest.length)))) ?? 0);
    }
  }

  async #until(events: number): Promise<void> {
    const poller = this.#kernel.Poller.create();
    poller.add(this.#socket.fd, events);
    await poller.wait();
    poller.close();
  }
}

const COUNT = 3;
const TOPIC = 'news/€';

async function serve(connection: Connection): Promise<void> {
  const { cmd } = await connection.next();
  assert.is(cmd, 'connect');
  await connection.send({ cmd: 'connack', returnCode: 0, sessionPresent: false });
  let unanswered = 0;
  for (let taken = 0; taken < COUNT || unanswered > 0;) {
    const packet = await connection.next();
    if (packet.cmd === 'publish') {
      taken++;
      unanswered++;
      await connection.send({ cmd: 'puback', messageId: packet.messageId! });
      await connection.send({ ...packet, messageId: 100 + packet.messageId! });
    } else {
      assert.is(packet.cmd, 'puback');
      unanswered--;
    }
  }
}

async function publish(connection: Connection, kernel: Kernel): Promise<void> {
  await connection.send({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'c', keepalive: 0 });
  const answer = await connection.next();
  assert.is(answer.cmd, 'connack');
  const publishing = (async () => {
    for (let id = 1; id <= COUNT; id++) {
      const payload = `message ${id} `.repeat(id * 3);
      await connection.send({ cmd: 'publish', topic: TOPIC, payload, qos: 1, messageId: id, dup: false, retain: false });
      await kernel.sleep(Math.floor(Math.random() * 3));
    }
  })();
  const [taken, seen]: [number[], number[]] = [[], []];
  while (taken.length < COUNT || seen.length < COUNT) {
    const packet = await connection.next();
    if (packet.cmd === 'puback') taken.push(packet.messageId!);
    else {
      assert.is(packet.cmd, 'publish');
      const { topic, payload, messageId } = packet as mqtt.IPublishPacket;
      assert.is(topic, TOPIC);
      assert.is(String(payload), `message ${messageId! - 100} `.repeat((messageId! - 100) * 3));
      seen.push(messageId!);
      await connection.send({ cmd: 'puback', messageId: messageId! });
    }
  }
  await publishing;
  assert.equal([taken, seen], [[1, 2, 3], [101, 102, 103]]); // prettier-ignore
}

/** Both tasks; with the mistake or without. */
export function mqttTasks(dropsRest: boolean): Tasks {
  const made = deferred<KernelSocket>();
  return {
    broker: async (kernel) => {
      const [near, far] = kernel.socketpair();
      made.resolve(far);
      await serve(new Connection(kernel, near, false));
      near.close();
    },
    client: async (kernel) => {
      const socket = await made.promise;
      await publish(new Connection(kernel, socket, dropsRest), kernel);
      socket.close();
    },
  };
}
