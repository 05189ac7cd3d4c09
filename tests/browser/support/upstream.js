// @ts-check
// The smallest app that the gate can stand before: one page that says where it is and who asks.
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
