// @ts-check
// The smallest app that the gate can stand before: one page that says where it is and who asks, and a WebSocket that ticks.
import { createHash } from 'node:crypto';
import http from 'node:http';

/** @typedef {{url: string, stop: () => Promise<void>}} Upstream */

const escapes = /** @type {Record<string, string>} */ ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' });
const escape = (/** @type {unknown} */ text) => String(text ?? '').replace(/[&<>"]/g, (mark) => escapes[mark] ?? mark);

/** @returns {Promise<Upstream>} */
export async function startUpstream() {
  const server = http.createServer((request, answer) => {
    answer.setHeader('content-type', 'text/html; charset=utf-8');
    answer.end(`<!doctype html><html lang="en"><title>App</title><link rel="icon" href="data:,">
      <h1>App</h1><p id="path">${escape(request.url)}</p><p id="user">${escape(request.headers.$user)}</p></html>`);
  });
  server.on('upgrade', (request, socket) => {
    // RFC 6455 section 4.2.2, and a text frame now and then.
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    const ticking = setInterval(() => socket.write(Buffer.from([0x81, 4, ...Buffer.from('tick')])), 50);
    socket.on('error', () => {}).on('close', () => clearInterval(ticking));
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => new Promise((closed) => { server.close(() => closed()); server.closeAllConnections(); }),
  };
}

/**
 * What the app shows on this page: proof that the gate let the visitor through.
 * @param {import('playwright-core').Page} page
 */
export async function seenByTheApp(page) {
  return { path: await page.locator('#path').textContent(), user: await page.locator('#user').textContent() };
}

/**
 * A WebSocket that a page of the app holds open, as `held.state` in the page tells.
 * @param {import('playwright-core').Page} page
 * @param {string} app its address
 */
export async function holdSocket(page, app) {
  await page.evaluate((url) => new Promise((ticks, fails) => {
    const held = Object.assign(window, { held: { state: 'open' } }).held;
    const socket = new WebSocket(url);
    socket.onmessage = () => ticks(undefined);
    socket.onclose = () => { held.state = 'closed'; fails(new Error('the socket closed')); };
  }), `${app.replace(/^http/, 'ws')}/ticks`);
  return () => page.evaluate(() => /** @type {any} */ (window).held.state);
}
