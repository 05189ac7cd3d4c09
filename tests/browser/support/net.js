// @ts-check
// Small network helpers: free ports, and requests that name any Host without asking a resolver.
import http from 'node:http';
import net from 'node:net';

/** @typedef {{status: number, headers: http.IncomingHttpHeaders, text: string}} Answer */

/**
 * A loopback port that nobody listens on right now.
 * @returns {Promise<number>}
 */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}

/**
 * One request to 127.0.0.1, whatever host the URL names: `*.localhost` needs no resolver this way.
 * @param {string} url
 * @param {{method?: string, headers?: Record<string, string>, body?: string}} [options]
 * @returns {Promise<Answer>}
 */
export function request(url, { method = 'GET', headers = {}, body } = {}) {
  const { host, port, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = http.request(
      { host: '127.0.0.1', port, method, path: pathname + search, headers: { host, ...headers }, agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part) => { text += part; });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
        answer.on('error', reject);
      },
    );
    sent.on('error', reject).end(body);
  });
}

/**
 * Asks again and again until the question is answered with something true.
 * @template T
 * @param {string} what named in the error
 * @param {() => T | Promise<T>} ask
 * @param {number} [milliseconds]
 * @returns {Promise<NonNullable<T>>}
 */
export async function eventually(what, ask, milliseconds = 20_000) {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await new Promise((wake) => setTimeout(wake, 25));
  }
}
