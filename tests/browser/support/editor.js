// @ts-check
// Node-RED's editor in a page, used as a person uses it.
import assert from 'node:assert/strict';
import { eventually } from './net.js';

/** @typedef {import('playwright-core').Page} Page */

const flow = [
  { id: 'f6f2187d.f17ca8', type: 'tab', label: 'Who asks' },
  { id: '3cc11d24.ff01a2', type: 'inject', z: 'f6f2187d.f17ca8', name: 'never', once: false, repeat: '', topic: '', props: [{ p: 'payload' }], payload: '', payloadType: 'date', x: 130, y: 60, wires: [[]] },
  { id: '5893ad5a.a766f4', type: 'http in', z: 'f6f2187d.f17ca8', url: '/who', method: 'get', upload: false, x: 130, y: 140, wires: [['7a1c1e0b.85e3e']] },
  {
    id: '7a1c1e0b.85e3e', type: 'function', z: 'f6f2187d.f17ca8', name: 'who', outputs: 1, x: 310, y: 140, wires: [['b0b4a3f1.4f4b5']],
    func: "const { headers } = msg.req;\nmsg.payload = { dollarUser: headers['$user'], xUser: headers['x-user'] };\nreturn msg;",
  },
  { id: 'b0b4a3f1.4f4b5', type: 'http response', z: 'f6f2187d.f17ca8', statusCode: '', headers: {}, x: 490, y: 140, wires: [] },
];

export class Editor {
  /**
   * Made before the page opens, so that no socket is missed.
   * @param {Page} page
   * @param {string} url the app's public address
   */
  constructor(page, url) {
    this.page = page;
    this.url = url.replace(/\/$/, '');
    /** @type {import('playwright-core').WebSocket[]} */
    this.sockets = [];
    page.on('websocket', (socket) => { if (socket.url().endsWith('/comms')) this.sockets.push(socket); });
  }

  openSockets() {
    return this.sockets.filter((socket) => !socket.isClosed()).length;
  }

  /** The editor has loaded, its palette is filled, and its socket has brought a message. */
  async isReady() {
    await this.page.locator('#red-ui-header-button-deploy').waitFor();
    await this.page.locator('.red-ui-palette-node').first().waitFor();
    const socket = await eventually('the editor opens /comms', () => this.sockets.at(-1));
    assert.equal(socket.isClosed(), false, 'the editor keeps its socket');
  }

  /** Pastes a flow into the import dialog. */
  async importFlow() {
    await this.page.keyboard.press('Control+i');
    const text = this.page.locator('#red-ui-clipboard-dialog-import-text');
    await text.fill(JSON.stringify(flow));
    // The dialog judges what was typed when a key comes up.
    await text.press('End');
    await this.page.locator('#red-ui-clipboard-dialog-ok').click();
    await this.page.locator('.red-ui-tab-label', { hasText: 'Who asks' }).waitFor();
  }

  /** Presses Deploy, hears of it over the socket (the runtime tells every editor about new flows there) and looks at the result. */
  async deploy() {
    const told = this.sockets.at(-1)?.waitForEvent('framereceived', ({ payload }) => String(payload).includes('notification/runtime-deploy'));
    const answered = this.page.waitForResponse((answer) => answer.url() === `${this.url}/flows` && answer.request().method() === 'POST');
    await this.page.locator('#red-ui-header-button-deploy').click();
    assert.ok((await answered).ok(), 'deploying answers 2xx');
    await told;
    await this.page.locator('.red-ui-tab-label', { hasText: 'Who asks' }).click();
    await this.page.locator('#red-ui-workspace-chart .red-ui-flow-node-label', { hasText: 'who' }).first().waitFor();
  }

  /**
   * What the deployed flow answers to the page.
   * @returns {Promise<unknown>}
   */
  ask() {
    return this.page.evaluate(async (url) => (await fetch(url)).json(), `${this.url}/who`);
  }

  /** @returns {Promise<number>} */
  statusOfABackgroundCall() {
    return this.page.evaluate(async (url) => (await fetch(url)).status, `${this.url}/flows`);
  }

  /** Node-RED opens a new socket when one ends, so each one seen so far must have ended and none may be open. */
  async socketHasClosed() {
    await eventually('the editor socket closes', () => this.openSockets() === 0, 2_000);
  }
}
