// @ts-check
// The WebSockets and event streams of a page, seen from the browser's network side.
import { eventually } from './net.js';

/** @typedef {import('playwright-core').Page} Page */

export class Streams {
  /**
   * Made before the page opens, so that no stream is missed.
   * @param {Page} page
   */
  constructor(page) {
    /** Frames that arrived on WebSockets. */
    this.ticks = 0;
    /** @type {Set<import('playwright-core').WebSocket>} */
    this.sockets = new Set();
    /** @type {Set<import('playwright-core').Request>} */
    this.events = new Set();
    page.on('websocket', (socket) => {
      socket.on('framereceived', () => { this.ticks += 1; this.sockets.add(socket); });
      socket.on('close', () => this.sockets.delete(socket));
    });
    page.on('response', (answer) => {
      if (answer.headers()['content-type']?.startsWith('text/event-stream')) this.events.add(answer.request());
    });
    for (const end of /** @type {const} */ (['requestfinished', 'requestfailed'])) {
      page.on(/** @type {any} */ (end), (/** @type {any} */ request) => this.events.delete(request));
    }
  }

  open() {
    return this.sockets.size + this.events.size;
  }

  /** Both kinds of stream are open, and frames keep arriving. */
  async tick() {
    const seen = this.ticks;
    await eventually('an open WebSocket and event stream', () => this.sockets.size > 0 && this.events.size > 0);
    await eventually('the WebSocket ticks', () => this.ticks > seen + 1);
  }
}
